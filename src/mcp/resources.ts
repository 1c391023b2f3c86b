/** The OpenAPI documents of Logto as MCP resources, read through the guard like everything else. */
import { documents } from '../catalog/documents.js';
import type { Caller, Guard } from '../guard/guard.js';
import type { NamedOperation } from '../guard/operation-graph.js';
import { documentDomain, type Policy } from '../guard/policy/policy.js';

/** A resource as `resources/list` shows it. */
export interface ResourceListing {
  readonly uri: string;
  readonly name: string;
  readonly description: string;
}

export interface McpResource extends ResourceListing {
  /** @throws LogtoError */
  read(caller: Caller): Promise<unknown>;
}

/** The reads behind resources, as the guard knows them. */
export const documentEntries: readonly (NamedOperation & { readonly uri: string })[] =
  documents.map(({ uri, operation }) => ({ uri, name: uri, domain: documentDomain, operation }));

/**
 * Whether a rule of `deny` names the documents: then this server does not read them either. A list of `allow` says what agents
 * may call; the checks against the running Logto are no call of an agent.
 */
export const deniesDocuments = (policy: Policy): boolean =>
  documentEntries.some((entry) => policy.denies(entry));

/** The documents that the policy allows. */
export const resourcesOf = (guard: Guard): readonly McpResource[] =>
  documents.flatMap(({ uri, name, description }) => {
    const entry = documentEntries.find((document) => document.uri === uri);
    return entry === undefined || guard.refusal(entry) !== undefined
      ? []
      : [
          {
            uri,
            name,
            description,
            async read(caller) {
              const outcome = await guard.perform(entry, {}, caller);
              return outcome.kind === 'done' ? outcome.reply.body : undefined;
            },
          },
        ];
  });
