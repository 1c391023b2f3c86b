/** What clients read beside tools: documents, templates with completion, prompts, skills, and the page of views. */
import {
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { isObject, memberOf } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { Redact } from '../logto/redaction.js';
import type { Prompts } from './prompts.js';
import type { ResourceTemplate } from './resource-templates.js';
import type { McpResource } from './resources.js';
import { success } from './results.js';
import { SKILLS_EXTENSION, skillsOf } from './skills.js';
import { visibleText } from './text-exit.js';
import type { CallContext } from './tool-call.js';
import { VIEW_META, VIEW_MIME_TYPE, VIEW_URI } from './views.js';

export interface ReadableOptions {
  readonly resources: readonly McpResource[];
  /** Loaded when a client asks for them. */
  readonly templates: () => Promise<readonly ResourceTemplate[]>;
  readonly prompts: Prompts;
  readonly redact: Redact;
}

/** Message and hint of an error, for replies without fields for its parts. */
const protocolError = (code: ProtocolErrorCode, { failure: { message, hint = '' } }: LogtoError) =>
  new ProtocolError(code, `${message} ${hint}`.trim());

/** An error of this server as one of the protocol; any other one as it is. */
const asProtocolError = (code: ProtocolErrorCode, error: unknown): unknown =>
  error instanceof LogtoError ? protocolError(code, error) : error;

/** Accepts any parameters: the handlers of an extension read what they need. */
const anyParams = {
  '~standard': {
    version: 1 as const,
    vendor: 'logto-management-mcp',
    validate: (value: unknown) => ({ value: isObject(value) ? value : {} }),
  },
};

/** The skills follow from the configuration alone, so they are valid until the process ends. */
const SKILLS_CACHE = { ttlMs: 24 * 60 * 60 * 1000, cacheScope: 'private' } as const;

/** The capabilities that `handleReads` answers for. */
export const readCapabilities = {
  resources: {},
  prompts: {},
  completions: {},
  extensions: { [SKILLS_EXTENSION]: {} },
};

/** Makes the handlers of everything that is read, for servers over one registry. */
export function readHandlers({ resources, templates, prompts, redact }: ReadableOptions) {
  const skills = skillsOf(prompts);

  const read = async (uri: string, context: CallContext): Promise<ReadResourceResult> => {
    if (uri === VIEW_URI) {
      const { loadViewPage } = await import('./view-page.js');
      const text = await loadViewPage();
      return { contents: [{ uri, mimeType: VIEW_MIME_TYPE, text, _meta: VIEW_META }] };
    }
    const skill = uri.startsWith('skill://') ? await skills.read(uri) : undefined;
    if (skill !== undefined) {
      return { contents: [{ uri, mimeType: 'text/markdown', text: skill }] };
    }
    const resource = resources.find((known) => known.uri === uri);
    const template =
      resource === undefined
        ? (await templates()).find((known) => known.idIn(uri) !== undefined)
        : undefined;
    if (resource === undefined && template === undefined) {
      throw new ResourceNotFoundError(uri);
    }
    try {
      const text =
        resource === undefined
          ? success((await template?.read(template.idIn(uri) ?? '', context)) ?? {}, redact)
              .content[0]?.text
          : visibleText(JSON.stringify(await resource.read(context)), redact);
      return { contents: [{ uri, mimeType: 'application/json', text: text ?? '' }] };
    } catch (error) {
      // A resource has no result that could carry an error.
      throw asProtocolError(ProtocolErrorCode.InternalError, error);
    }
  };

  /** Completions are offers: without a lookup there are none. */
  const complete = async (uri: string, typed: string, context: CallContext) => {
    try {
      const template = (await templates()).find(({ uriTemplate }) => uriTemplate === uri);
      const values = (await template?.complete(typed, context)) ?? [];
      return values.map((value) => visibleText(value, redact));
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof LogtoError) {
        return [];
      }
      throw error;
    }
  };

  return (server: Server, contextOf: (context: ServerContext) => CallContext): void => {
    server.setRequestHandler('resources/list', () => ({
      resources: resources.map(({ uri, name, description }) => ({
        uri,
        name,
        description,
        mimeType: 'application/json',
      })),
    }));
    server.setRequestHandler('resources/templates/list', async () => ({
      resourceTemplates: (await templates()).map(({ uriTemplate, name, description }) => ({
        uriTemplate,
        name,
        description,
        mimeType: 'application/json',
      })),
    }));
    server.setRequestHandler('resources/read', ({ params }, context: ServerContext) =>
      read(params.uri, contextOf(context)),
    );
    server.setRequestHandler('completion/complete', async ({ params }, context: ServerContext) => {
      const { ref, argument } = params;
      const values =
        ref.type === 'ref/resource'
          ? await complete(ref.uri, argument.value, contextOf(context))
          : [];
      return { completion: { values } };
    });
    server.setRequestHandler('prompts/list', async () => ({
      prompts: (await prompts.list()).map((prompt) => ({
        ...prompt,
        arguments: [...prompt.arguments],
      })),
    }));
    server.setRequestHandler('prompts/get', async ({ params }) => {
      try {
        const text = await prompts.text(params.name, params.arguments ?? {});
        return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] };
      } catch (error) {
        throw asProtocolError(ProtocolErrorCode.InvalidParams, error);
      }
    });
    server.setRequestHandler('skills/list', { params: anyParams }, async () => ({
      skills: [...(await skills.list())],
      ...SKILLS_CACHE,
    }));
    server.setRequestHandler('skills/get', { params: anyParams }, async (params) => {
      const uri = memberOf(params, 'uri');
      const skill = await skills.get(String(uri));
      if (skill === undefined) {
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `There is no skill ${JSON.stringify(uri)}. skills/list names them.`,
        );
      }
      return { skill, ...SKILLS_CACHE };
    });
  };
}
