import { CameraOutlined, StopOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';

import { useCompanyCode } from '../api/company';
import { useSearch, type Kind } from '../api/directory';
import { useWords } from '../i18n';

interface Found {
  rawValue: string;
}
interface Detector {
  detect: (source: HTMLVideoElement) => Promise<Found[]>;
}
type DetectorClass = new (options?: { formats: string[] }) => Detector;

const detector = (): DetectorClass | undefined => (window as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
const LOOK_MS = 200;
const SAME_MS = 1_500;

function beep(good: boolean): void {
  try {
    const sound = new AudioContext();
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    volume.gain.value = 0.06;
    tone.frequency.value = good ? 1_320 : 220;
    tone.connect(volume).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + (good ? 0.07 : 0.25));
    tone.onended = () => void sound.close();
  } catch {
    // a device without sound still scans
  }
}

/**
 * A field for a scanner, which writes like a fast typist and ends with Enter, and for a camera where the browser can
 * read barcodes. What was scanned is found by code or barcode; `onScan` says whether it belongs here, or that there is enough of it.
 */
export function ScanField({ kind, onScan }: { kind: Kind; onScan: (code: string) => boolean | 'full' }): ReactNode {
  const { t } = useWords();
  const { resolve } = useSearch(kind, useCompanyCode());
  const id = useId();
  const [text, setText] = useState('');
  const [last, setLast] = useState<{ text: string; good: boolean; full: boolean } | null>(null);
  const [camera, setCamera] = useState(false);
  const [noCamera, setNoCamera] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  const take = useRef<(typed: string) => Promise<void>>(async () => undefined);
  take.current = async (typed) => {
    const entry = await resolve(typed).catch(() => null);
    const said = onScan(entry?.code ?? typed);
    const good = said === true;
    beep(good);
    setLast({ text: entry ? `${entry.code} ${entry.name}` : typed, good, full: said === 'full' });
  };

  useEffect(() => {
    const Class = detector();
    if (!camera || !Class) return undefined;
    let stopped = false;
    let stream: MediaStream | null = null;
    const seen = new Map<string, number>();
    void (async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
        if (!video.current || stopped) return;
        video.current.srcObject = stream;
        await video.current.play();
        const reader = new Class();
        while (!stopped) {
          for (const { rawValue } of await reader.detect(video.current)) {
            if (Date.now() - (seen.get(rawValue) ?? 0) < SAME_MS) continue;
            seen.set(rawValue, Date.now());
            await take.current(rawValue);
          }
          await new Promise((done) => setTimeout(done, LOOK_MS));
        }
      } catch {
        setCamera(false);
        setNoCamera(true);
      }
    })();
    return () => {
      stopped = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, [camera]);

  return (
    <div className="field scan">
      <label className="label" htmlFor={id}>
        {t('entry.scan')}
      </label>
      <div className="scan-row">
        <input
          id={id}
          className="lookup"
          data-testid="scan"
          autoComplete="off"
          inputMode="text"
          enterKeyHint="done"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
            event.preventDefault();
            const typed = text.trim();
            setText('');
            if (typed) void take.current(typed);
          }}
        />
        <Button
          icon={camera ? <StopOutlined /> : <CameraOutlined />}
          aria-label={t(camera ? 'entry.cameraStop' : 'entry.camera')}
          title={t(camera ? 'entry.cameraStop' : 'entry.camera')}
          onClick={() => (detector() ? setCamera(!camera) : setNoCamera(true))}
        />
      </div>
      <span role="status" className={last?.good ? 'quiet' : 'field-error'}>
        {last ? (last.good ? `✓ ${last.text}` : t(last.full ? 'entry.full' : 'entry.unknown', { text: last.text })) : ''}
      </span>
      {noCamera && <span className="quiet">{t('entry.cameraNone')}</span>}
      {camera && <video ref={video} className="scan-view" muted playsInline />}
    </div>
  );
}
