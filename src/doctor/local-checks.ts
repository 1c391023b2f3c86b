/** Checks that need no network: Node.js, the settings, the policy, the selection of tools. */
import { ConfigError } from '../config/args.js';
import type { Settings } from '../config/config.js';
import { type Policy, PolicyError } from '../guard/policy/policy.js';
import { loadPolicy } from '../guard/policy/policy-file.js';
import { confirmRules } from '../mcp/asking.js';
import { builtInTools, isOffered } from '../mcp/built-in-tools.js';
import { selectionFor } from '../mcp/listing.js';
import type { Tool } from '../mcp/operation-tools.js';
import { SelectionError, type ToolSelection } from '../mcp/tool-selection.js';
import { type Finding, fail, passed, warn } from './runner.js';

/** The numbers of a version, as far as they are given: `>=20.19` -> 20, 19. */
const numbersOf = (version: string): readonly number[] =>
  (/\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);

/** Whether a version is at least the lowest of a range. */
function satisfies(version: string, range: string): boolean {
  const actual = numbersOf(version);
  for (const [index, required] of numbersOf(range).entries()) {
    const number = actual[index] ?? 0;
    if (number !== required) {
      return number > required;
    }
  }
  return true;
}

/** @param engines the range of package.json, `>=` and a version */
export const checkNode = (version: string, engines: string): Finding =>
  satisfies(version, engines)
    ? passed(version)
    : fail(
        `This is Node.js ${version}; ${engines} is needed.`,
        'Install a newer Node.js, and make sure that your MCP client starts it: give its full path as command.',
      );

/** One finding per text; numbered when there are several. */
const numbered = (
  texts: readonly string[],
  finding: (text: string) => Finding,
): readonly Finding[] =>
  texts.map((text, index) => ({
    ...finding(text),
    ...(texts.length > 1 && { item: String(index + 1) }),
  }));

/** What is wrong with the settings, or what a person should know about them. */
export function checkSettings(settings: Settings | ConfigError): readonly Finding[] {
  if (settings instanceof ConfigError) {
    return numbered(settings.problems, (problem) => fail(problem));
  }
  return settings.warnings.length > 0
    ? numbered(settings.warnings, (warning) => warn(warning))
    : [passed('They are valid.')];
}

/** The policy that applies, and the finding about it. */
export function checkPolicy(
  { policy: text, policyFile, profile, confirmMode }: Settings,
  tools: readonly Tool[],
): { readonly finding: Finding; readonly policy?: Policy } {
  try {
    const policy = loadPolicy(text, profile, () => tools);
    const { confirmWarning } = policy;
    const rules = [...policy.describe(), ...confirmRules(confirmMode)].join(' ');
    return {
      policy,
      finding: confirmWarning === undefined ? passed(rules) : warn(rules, confirmWarning),
    };
  } catch (error) {
    if (error instanceof PolicyError) {
      return {
        finding: fail(error.message, policyFile === undefined ? undefined : `Fix ${policyFile}.`),
      };
    }
    throw error;
  }
}

/** What is listed and what may be run, and the finding about it. */
export function checkTools(
  { tools: selection, readOnly, sources }: Settings,
  tools: readonly Tool[],
  policy: Policy,
): { readonly finding: Finding; readonly selection?: ToolSelection } {
  try {
    const result = selectionFor(tools, policy, selection, readOnly);
    const { listed, permitted } = result;
    const share = permitted.length === tools.length ? 'All' : `${permitted.length} of the`;
    const offered = builtInTools.filter(
      (name) => result.lists(name) && isOffered(name, permitted),
    ).length;
    const message = `${listed.length + offered} tools are listed: ${listed.length} operations and ${offered} of this server. ${share} ${tools.length} operations may be run.`;
    return {
      selection: result,
      finding:
        permitted.length > 0
          ? passed(message)
          : warn(
              message,
              `Nothing may be run: check ${sources.tools}, --read-only and the policy.`,
            ),
    };
  } catch (error) {
    if (error instanceof SelectionError) {
      return { finding: fail(`${sources.tools}: ${error.message}`) };
    }
    throw error;
  }
}
