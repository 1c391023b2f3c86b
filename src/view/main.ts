/** The page that clients with MCP Apps show for a call: a plan with Confirm and Cancel, or a list as a table. */
import { element, isRecord, textOf } from './elements.js';
import { Host, type HostToolResult } from './host.js';
import { type ConfirmingCall, planView } from './plan-view.js';
import { tableView } from './table-view.js';

/** The member of a result's `_meta` with the call that confirms its plan. */
const CONFIRM_META = 'logto-management-mcp/confirm';

const confirmingCallOf = (meta: unknown): ConfirmingCall | undefined => {
  const call = isRecord(meta) ? meta[CONFIRM_META] : undefined;
  return isRecord(call) && typeof call['tool'] === 'string' && isRecord(call['arguments'])
    ? { tool: call['tool'], arguments: call['arguments'] }
    : undefined;
};

/** The outcome of a call, in a sentence. */
function outcomeOf({ isError, structuredContent }: HostToolResult) {
  const error = isRecord(structuredContent) ? structuredContent['error'] : undefined;
  const failed = isError === true;
  if (failed) {
    const message = isRecord(error) ? textOf(error['message']) : '';
    return { failed, text: `Not done. ${message}` };
  }
  const result = isRecord(structuredContent) ? structuredContent['result'] : undefined;
  return isRecord(result) && typeof result['plan'] === 'string'
    ? { failed: true, text: 'Not done: it has changed since, so the server shows a new plan.' }
    : { failed, text: 'Done.' };
}

async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A frame may lack the permission for the clipboard API, and still copy what is selected.
    const area = element('textarea', 'clipboard');
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    if (!copied) {
      throw new Error('The client does not allow copying.');
    }
  }
}

/** Follows the host's theme; without one the page follows the system's. */
function applyTheme(context: { readonly theme?: 'light' | 'dark' }): void {
  if (context.theme !== undefined) {
    document.documentElement.dataset['theme'] = context.theme;
  }
}

const main = document.body;
const show = (...content: readonly Node[]): void => main.replaceChildren(...content);

const host = new Host(window.parent, {
  context: applyTheme,
  cancelled: (reason) => show(element('p', 'status', `Cancelled. ${reason ?? ''}`)),
  result(result) {
    const { structuredContent: content, _meta: meta } = result;
    const answer = isRecord(content) ? content : {};
    const { result: one, notes } = answer;
    // A script returns its table as its result.
    const items = Array.isArray(one) && one.every(isRecord) ? one : answer['items'];
    const call = confirmingCallOf(meta);
    if (call !== undefined && isRecord(one) && isRecord(one['preview'])) {
      show(
        planView(
          {
            preview: one['preview'],
            allTargets: isRecord(one['all_targets']) ? one['all_targets'] : {},
            expiresInS: Number(one['expires_in']),
          },
          {
            confirm: async () => {
              const outcome = outcomeOf(await host.callTool(call.tool, call.arguments));
              host.tellModel(`The person pressed Confirm for this plan. ${outcome.text}`);
              return outcome;
            },
            cancel: () =>
              host.tellModel('The person pressed Cancel for this plan. Nothing was changed.'),
          },
        ),
      );
    } else if (Array.isArray(items)) {
      const note = Array.isArray(notes) ? notes.map(textOf).join(' ') : undefined;
      show(tableView(items, note === '' ? undefined : note, { copy: copyText }));
    } else {
      show(element('p', 'status', outcomeOf(result).text));
    }
  },
});

new ResizeObserver(() => {
  const { width, height } = document.documentElement.getBoundingClientRect();
  host.resize(Math.ceil(width), Math.ceil(height));
}).observe(document.documentElement);

host.open({ name: 'logto-management-mcp', version: '1' }).then(
  ({ hostContext }) => applyTheme(hostContext),
  (error: unknown) => show(element('p', 'status failed', String(error))),
);
