/**
 * Placeholder certificates: they have the PEM form that clients read, and no key.
 */
import { createHash } from 'node:crypto';
import type { Row, Tenant } from './tenant.js';

const year = 365 * 86_400_000;

/** A certificate as both SAML applications and SAML connectors have them. */
export interface Certificate extends Row {
  readonly certificate: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly active: boolean;
}

/** Creates a certificate that is valid for `years`. */
export function newCertificate(tenant: Tenant, years: number, active: boolean): Certificate {
  const now = tenant.now();
  const filling = Buffer.from(`Created by the sandbox ${tenant.newId(600)}`).toString('base64');
  const lines = filling.match(/.{1,64}/g) ?? [];
  return {
    id: tenant.newId(),
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join(
      '\r\n',
    ),
    createdAt: now,
    expiresAt: now + years * year,
    active,
  };
}

/** A certificate as Logto answers it, with its fingerprints. */
export function shownCertificate({ id, certificate, createdAt, expiresAt, active }: Certificate) {
  const unformatted = createHash('sha256').update(certificate).digest('hex').toUpperCase();
  const formatted = unformatted.match(/../g)?.join(':') ?? '';
  return {
    id,
    certificate,
    createdAt,
    expiresAt,
    active,
    fingerprints: { sha256: { formatted, unformatted } },
  };
}
