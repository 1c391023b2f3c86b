/** A manifest with one thing at least of every kind, and planted secrets. */
import { readFileSync } from 'node:fs';
import { parseTexts } from '../../src/manifest/files.js';

/** Values that no output, no journal and no log may have. */
export const planted = {
  GOOGLE_SECRET: 'planted-google-7d1f',
  ACME_SECRET: 'planted-acme-93b2',
  SMTP_PASSWORD: 'planted-smtp-5c0a',
  CAPTCHA_SECRET: 'planted-captcha-18ee',
  LICENSE: 'planted-license-c4d9',
  HOOK_TOKEN: 'planted-hook-a06b',
} as const;

export const values = { secrets: planted, variables: { APP_URL: 'https://bikes.example' } };

export const fullText = readFileSync(new URL('full.yaml', import.meta.url), 'utf8');

/** The manifest, read as a file. */
export const fullManifest = () => parseTexts([{ name: 'full.yaml', text: fullText }]);
