/** Everything that a client is shown, put together from the catalog and the configuration. */
import type { Gate } from '../guard/gate.js';
import type { Secrets } from '../guard/secrets.js';
import { LogtoError } from '../logto/errors.js';
import { nearest } from './arguments.js';
import { type Callable, callOperation, type Perform, type Refusal, through } from './callable.js';
import { collector, collectTool } from './collect.js';
import { documentEntries, type Resource, resourcesOf } from './documents.js';
import { type Exposure, everyday, expose } from './exposure.js';
import { finder, finderTools, runnerOf } from './finder.js';
import { instructionsFor, type Place } from './instructions.js';
import { safety, safetyTools } from './safety.js';
import { terms } from './terms.js';
import type { Tool } from './tools.js';
import { whoami, whoamiTool } from './whoami.js';

/** The tools that belong to no operation, in the order in which they are listed. */
export const extraTools: readonly string[] = [
  whoamiTool,
  ...finderTools,
  collectTool,
  ...safetyTools,
];

export interface SurfaceOptions {
  readonly tools: readonly Tool[];
  /** As `--tools` takes it. */
  readonly selection: string;
  readonly readOnly: boolean;
  readonly place: Place;
  readonly version: string;
  readonly gate: Gate;
  readonly secrets: Secrets;
}

export interface Surface {
  readonly exposure: Exposure;
  readonly callables: readonly Callable[];
  readonly resources: readonly Resource[];
  readonly unlisted: (name: string) => LogtoError;
  readonly instructions: string;
}

/** How many of the words that people use stand in a hint. */
const hinted = 1;

/**
 * The tool of an operation, as it is listed. A client that loads tools on demand finds it by the words of the hint, which
 * its model never sees; the everyday tools are found by their names.
 */
const typed = (tool: Tool, perform: Perform): Callable => {
  const words = everyday.includes(tool.name) ? undefined : terms[tool.name];
  return {
    listing:
      words === undefined
        ? tool.listing
        : {
            ...tool.listing,
            _meta: { 'anthropic/searchHint': words.slice(0, hinted).join(', ') },
          },
    run: (sent, context) => callOperation(tool, sent, perform, context),
  };
};

/** The error for a name that is not in the list: what it is, or what was probably meant. */
function unlistedBy(
  exposure: Exposure,
  callables: readonly Callable[],
  refusal: Refusal,
): (name: string) => LogtoError {
  const permitted = new Map(exposure.permitted.map((tool) => [tool.name, tool]));
  return (name) => {
    const tool = permitted.get(name);
    if (tool !== undefined) {
      return new LogtoError({
        kind: 'input',
        code: 'not_listed',
        message: `${name} is not listed as a tool of its own.`,
        hint: `Call ${runnerOf(tool)} with operation "${name}" and the same arguments.`,
      });
    }
    const refused = refusal(name);
    if (refused !== undefined) {
      return refused;
    }
    const meant = nearest(name, [
      ...callables.map(({ listing }) => listing.name),
      ...permitted.keys(),
    ]);
    return new LogtoError({
      kind: 'input',
      code: 'unknown_tool',
      message: `There is no tool "${name}".`,
      hint:
        meant.length > 0 ? `Did you mean ${meant.join(', ')}?` : 'Take one from the list of tools.',
    });
  };
}

/**
 * Puts the surface together.
 *
 * @throws SelectionError for a selection that names something that does not exist
 */
export function surfaceOf(options: SurfaceOptions): Surface {
  const { tools, selection, place, version, gate, secrets } = options;
  const { policy } = gate;
  const readOnly = options.readOnly || policy.readOnly;
  const allowed = tools.filter((tool) => policy.forbids(tool) === undefined);
  const exposure = expose(tools, allowed, extraTools, selection, readOnly);
  gate.confine([...exposure.permitted, ...documentEntries].map(({ name }) => name));
  const perform = through(gate);
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const refusal: Refusal = (name) => {
    const tool = byName.get(name);
    return tool && gate.refusal(tool);
  };
  const resources = resourcesOf(gate);
  const extras = [
    whoami({
      place,
      version,
      exposure,
      gate,
      resources,
      rules: [
        ...(options.readOnly && !policy.readOnly
          ? ['Read-only: whatever changes something is left out.']
          : []),
        ...policy.describe(),
      ],
    }),
    ...finder(
      exposure.permitted,
      new Set(exposure.listed.map(({ name }) => name)),
      perform,
      refusal,
    ),
    collector(exposure.permitted, perform, secrets, refusal),
    ...safety(exposure.permitted, gate, secrets, refusal),
  ].filter(({ listing }) => exposure.lists(listing.name));
  const callables = [...extras, ...exposure.listed.map((tool) => typed(tool, perform))];
  return {
    exposure,
    callables,
    resources,
    unlisted: unlistedBy(exposure, callables, refusal),
    instructions: instructionsFor({
      place,
      readOnly,
      listed: new Set(callables.map(({ listing }) => listing.name)),
      all: exposure.listed.length === exposure.permitted.length,
    }),
  };
}
