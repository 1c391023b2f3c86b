/** What this server signs in to Logto with. */

export interface Credentials {
  /** The origin of Logto, such as `https://auth.example.com`. */
  readonly endpoint: string;
  readonly appId: string;
  readonly appSecret: string;
  /** The resource indicator of the Management API. */
  readonly resource: string;
}

/** The value of the Authorization header. Basic authentication needs both parts form-encoded (RFC 6749, 2.3.1). */
export const basic = ({ appId, appSecret }: Credentials): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(appId)}:${encodeURIComponent(appSecret)}`).toString('base64')}`;

/** The values that must not be shown: the App secret, and the Authorization header that holds it. */
export function secretsOf(credentials: Credentials): readonly string[] {
  const header = basic(credentials);
  return [credentials.appSecret, header, header.slice('Basic '.length)];
}
