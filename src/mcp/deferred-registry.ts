/** A registry that lists at once and loads what runs behind the list with the first call. */

import type { ConfirmMode } from '../guard/confirm/confirm-mode.js';
import type { Listing } from './listing.js';
import type { Registry } from './registry.js';
import type { CallableTool } from './tool-call.js';
import type { ToolSelection } from './tool-selection.js';

/** A member of a registry by its name. @throws Error where the listing shows what the registry does not have */
function requireListed<T>(item: T | undefined, name: string): T {
  if (item === undefined) {
    throw new Error(`${name} is listed, and the registry does not have it.`);
  }
  return item;
}

/**
 * Makes a registry over a listing.
 *
 * @param load builds the registry with what runs; it must list the same
 */
export function deferRegistry(
  listing: Listing,
  selection: ToolSelection,
  confirmMode: ConfirmMode,
  load: () => Promise<Registry>,
): Registry {
  let loading: Promise<Registry> | undefined;
  const loaded = (): Promise<Registry> => {
    loading ??= load();
    return loading;
  };
  let tools: ReadonlyMap<string, CallableTool> | undefined;
  const toolNamed = async (name: string): Promise<CallableTool> => {
    const { callables } = await loaded();
    tools ??= new Map(callables.map((tool) => [tool.listing.name, tool]));
    return requireListed(tools.get(name), name);
  };
  return {
    selection,
    confirmMode,
    prompts: listing.prompts,
    instructions: listing.instructions,
    callables: listing.tools.map((shown) => ({
      listing: shown,
      run: async (sent, context) => (await toolNamed(shown.name)).run(sent, context),
    })),
    resources: listing.resources.map(({ uri, name, description }) => ({
      uri,
      name,
      description,
      async read(caller) {
        const { resources } = await loaded();
        const resource = resources.find((known) => known.uri === uri);
        return requireListed(resource, uri).read(caller);
      },
    })),
    templates: async () => (await loaded()).templates(),
    unlisted: async (name) => (await loaded()).unlisted(name),
  };
}
