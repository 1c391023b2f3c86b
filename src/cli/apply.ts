/** The command `apply`: makes the tenant what a manifest says, after a question or with the digest of a plan. */
import { ConfigError } from '../config/args.js';
import type { ManifestCommand } from '../config/config.js';
import { terminalOf } from '../installer/terminal.js';
import type { Applied } from '../manifest/apply.js';
import type { Comparison } from '../manifest/comparison.js';
import type { CompareRequest } from '../manifest/configuration.js';
import { anyFiles, parseTexts } from '../manifest/files.js';
import { planText } from '../manifest/report.js';
import { type ManifestContext, openManifestContext } from './manifest-context.js';
import { print, say } from './runtime.js';

/**
 * What an apply has come to, in lines.
 *
 * @param journal the file that an undo needs; undefined for the sandbox, which ends with the process
 * @param advice what to do where something is left
 */
export function appliedText(
  { created, changed, removed, unchanged, failed, left, run }: Applied,
  journal: string | undefined,
  advice = 'Apply again to do the rest.',
): string {
  const undo =
    journal === undefined
      ? 'This is the sandbox: nothing is stored, so there is nothing to undo.'
      : `undo_change undoes it as a whole, on a server that uses the same journal: ${journal}`;
  const group = (title: string, labels: readonly string[]): string[] =>
    labels.length === 0 ? [] : [`${title}:`, ...labels.map((label) => `  ${label}`)];
  return [
    ...group('Created', created),
    ...group('Changed', changed),
    ...group('Removed', removed),
    ...group(
      'Failed',
      failed.map(({ item, operation, message }) => `${item} (${operation}): ${message}`),
    ),
    ...group('Not done, or not wholly', left),
    `${created.length} created, ${changed.length} changed, ${removed.length} removed, ${unchanged} unchanged${left.length > 0 ? `, ${left.length} left` : ''}.`,
    ...(run === undefined ? [] : [`Run: ${run}. ${undo}`]),
    ...(left.length > 0 ? [advice] : []),
    '',
  ].join('\n');
}

/** Whether the person at the terminal agrees. @throws ConfigError where there is none */
async function agrees(): Promise<boolean> {
  const terminal = terminalOf(process.stdin, process.stderr);
  if (!terminal.attended) {
    throw new ConfigError(
      'There is no terminal to ask at. Give the digest of a plan that was looked at: --yes <digest>.',
    );
  }
  return (await terminal.ask('Type yes to apply this: ')).toLowerCase() === 'yes';
}

/** How a plan is shown and confirmed. */
export interface ApplyOptions {
  /** The digest of a plan that was looked at; undefined to show the plan and ask. */
  readonly digest: string | undefined;
  /** What the journal names as the client. */
  readonly client: string;
  /** The steps that the person is shown. */
  readonly shown?: (comparison: Comparison) => Comparison;
}

/**
 * Shows the plan of a manifest, asks for it at the terminal, and applies it. With a digest it applies at once.
 *
 * @returns undefined where the person declines
 * @throws ConfigError without a digest and a terminal; LogtoError for what is refused
 */
export async function confirmAndApply(
  { configuration, signal, isColoured }: ManifestContext,
  request: CompareRequest,
  { digest, client, shown = (comparison) => comparison }: ApplyOptions,
): Promise<Applied | undefined> {
  let confirmed = digest;
  if (confirmed === undefined) {
    const comparison = await configuration.compare(request, signal);
    // On stderr beside the question, so that the result on stdout can be read by a program.
    say(planText(shown(comparison), isColoured));
    if (comparison.hasChanges && !comparison.hasObstacles && !(await agrees())) {
      return undefined;
    }
    confirmed = comparison.digest;
  }
  const applied = await configuration.apply(
    request,
    { digest: confirmed, plan: undefined, isDigestEnough: true },
    {
      signal,
      client,
      confirmVia: 'plan',
      answer: undefined,
      until: Number.POSITIVE_INFINITY,
      progress: (done, total) => {
        if (process.stderr.isTTY === true) {
          process.stderr.write(`\r${done} of ${total} writes`);
        }
      },
    },
  );
  if (applied.kind === 'planned') {
    throw new Error('A digest confirms an apply on the command line.');
  }
  if (process.stderr.isTTY === true) {
    process.stderr.write('\n');
  }
  return applied;
}

/** @returns 0 when everything is as the manifest says, 1 otherwise */
export async function apply(command: ManifestCommand): Promise<number> {
  const { manifest, kinds, prune, json, yes } = command;
  const context = openManifestContext(command);
  const files = await parseTexts(anyFiles.read(manifest ?? ''));
  const request = { files, kinds, prune };
  const applied = await confirmAndApply(context, request, { digest: yes, client: 'apply' });
  if (applied === undefined) {
    say('Nothing was changed.');
    return 1;
  }
  await print(
    json ? `${JSON.stringify(applied, null, 2)}\n` : appliedText(applied, context.journal),
  );
  return applied.left.length > 0 ? 1 : 0;
}
