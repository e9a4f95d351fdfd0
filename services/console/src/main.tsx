import './app/nonce';
import './i18n';
import './app/app.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { begin } from './api/session';
import { App } from './app/App';

void begin();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

// a page that was open while a new version was rolled out asks for files that are gone
window.addEventListener('vite:preloadError', (event) => {
  const at = Number(sessionStorage.getItem('tongheng.reloaded') ?? 0);
  if (Date.now() - at < 30_000) return;
  sessionStorage.setItem('tongheng.reloaded', String(Date.now()));
  event.preventDefault();
  location.reload();
});
