/** Replies in the forms of Logto's responses. */

export interface SandboxReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): SandboxReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
});

const plain = (status: number, text: string): SandboxReply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: text,
});

/** 200 with a body. `headers` are added. */
export const ok = (body: unknown, headers?: Record<string, string>): SandboxReply =>
  json(200, body, headers);
/** 201 with a body. */
export const created = (body: unknown): SandboxReply => json(201, body);
/** 201 with the plain text `Created`. */
export const createdWord = (): SandboxReply => plain(201, 'Created');
/** 200 with the plain text `OK`. */
export const okWord = (): SandboxReply => plain(200, 'OK');
export const noContent = (): SandboxReply => ({ status: 204, headers: {}, body: '' });
export const notFoundRoute = (): SandboxReply => plain(404, 'Not Found');
/** A 405 of Logto's router; the header distinguishes it from the 405 of a proxy. */
export const wrongMethod = (): SandboxReply => {
  const reply = plain(405, 'Method Not Allowed');
  return { ...reply, headers: { ...reply.headers, 'logto-core-request-id': 'sandbox' } };
};
/** A document that is not JSON, such as XML or HTML. */
export const document = (type: string, text: string): SandboxReply => ({
  status: 200,
  headers: { 'content-type': type },
  body: text,
});
export const redirect = (location: string): SandboxReply => ({
  status: 302,
  headers: { location, 'content-type': 'text/html; charset=utf-8' },
  body: '',
});
export const problem = (
  status: number,
  body: { code?: string; message: string; data?: unknown; details?: string },
): SandboxReply => json(status, body);

/** Thrown by a behaviour to refuse a call as Logto does, with its status and code and our own message. */
export class SandboxRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }

  reply(): SandboxReply {
    return problem(this.status, {
      code: this.code,
      message: this.message,
      ...(this.data !== undefined && { data: this.data }),
    });
  }
}

/** `throw refuse(422, 'role.name_in_use', 'The name is taken.')` */
export const refuse = (
  status: number,
  code: string,
  message: string,
  data?: unknown,
): SandboxRefusal => new SandboxRefusal(status, code, message, data);

/** 404 for an unknown id. Logto uses several codes without a rule: pass the one of the operation. */
export const missing = (
  code:
    | 'entity.not_found'
    | 'entity.not_exists_with_id'
    | 'entity.not_exists' = 'entity.not_exists_with_id',
  kind = 'entity',
  id?: string,
): SandboxRefusal =>
  new SandboxRefusal(
    404,
    code,
    `The sandbox has no such ${kind}.`,
    id === undefined ? undefined : { id },
  );

/** 422: the value of a unique field is taken. */
export const notUnique = (code: string, subject: string): SandboxRefusal =>
  new SandboxRefusal(422, code, `${subject} is taken.`);

/** 501 for what needs a browser, a mailbox or an external service; `requirement` names it. */
export const beyond = (requirement: string): SandboxRefusal =>
  new SandboxRefusal(
    501,
    'sandbox.not_available',
    `The sandbox cannot do this: it needs ${requirement}.`,
  );
