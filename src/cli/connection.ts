/** The description of the configured access at a start. The session is in `session.ts`, which the first call loads. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '../config/access.js';
import { ConfigError } from '../config/args.js';
import type { Settings } from '../config/config.js';
import { type ProxyServer, routeTo } from '../logto/proxy.js';
import type { TenantLabel } from '../mcp/instructions.js';
import { SelectionError } from '../mcp/tool-selection.js';

/** The schemas of the catalog. Listing the tools does not need them. */
export const loadCatalog = async () => (await import('../catalog/index.js')).catalog;

/** The description of the tenant for agents and people. */
export const tenantLabelOf = (access: Access): TenantLabel =>
  access.kind === 'live'
    ? { kind: 'live', endpoint: access.credentials.endpoint, tenant: access.tenant }
    : { kind: access.kind };

/**
 * The proxy on the way to the tenant; undefined where there is none.
 *
 * @throws LogtoError for a proxy in the environment that cannot be used
 */
export const proxyFor = (access: Access): ProxyServer | undefined =>
  access.kind === 'live' ? routeTo(access.credentials.endpoint, process.env).proxy : undefined;

/** A file with state of this server about a tenant; one for each address. */
export function stateFile(
  { stateFolder }: Settings,
  endpoint: string,
  name: string,
  extension: string,
): string {
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  const folder = stateFolder ?? join(state, 'logto-management-mcp');
  const tenant = new URL(endpoint).host.replaceAll(/[^\w.-]/g, '_');
  return join(folder, `${name}-${tenant}.${extension}`);
}

/** The journal of a tenant. */
export const journalPath = (settings: Settings, endpoint: string): string =>
  stateFile(settings, endpoint, 'changes', 'jsonl');

/**
 * Runs what reads the selection of tools, and names the option or variable that the selection came from in its error.
 *
 * @throws ConfigError instead of SelectionError
 */
export function withSelectionSource<T>({ sources }: Settings, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof SelectionError
      ? new ConfigError(`${sources.tools}: ${error.message}`)
      : error;
  }
}
