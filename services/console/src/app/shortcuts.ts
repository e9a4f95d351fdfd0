/** Keys that work anywhere, unless one is writing. */

import { useEffect, useRef } from 'react';

import { ROOMS } from './navigation';

export interface Shortcuts {
  search: () => void;
  help: () => void;
  go: (path: string) => void;
}

const GO_MS = 1_200;

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.getAttribute('role') === 'combobox');

export function useShortcuts(given: Shortcuts): void {
  const latest = useRef(given);
  latest.current = given;
  useEffect(() => {
    let goSince = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      const key = event.key.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && key === 'k') {
        event.preventDefault();
        latest.current.search();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      if (document.querySelector('.ant-modal-wrap:not([style*="display: none"]) .ant-modal')) return;
      const going = event.timeStamp - goSince < GO_MS;
      goSince = -Infinity;
      if (going) {
        const room = key === 'h' ? { path: '/' } : ROOMS.find((each) => each.go === key);
        if (room) {
          event.preventDefault();
          latest.current.go(room.path);
        }
      } else if (key === 'g') {
        goSince = event.timeStamp;
      } else if (key === '?') {
        event.preventDefault();
        latest.current.help();
      } else if (key === '/') {
        const field = document.querySelector<HTMLElement>('.filters input');
        if (field) {
          event.preventDefault();
          field.focus();
        }
      } else if (key === 'n') {
        const button = document.querySelector<HTMLElement>('[data-shortcut="n"]');
        if (button) {
          event.preventDefault();
          button.click();
        }
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
