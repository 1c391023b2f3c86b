/** Anthropic's Messages API, streamed, as a scripted model speaks it. */
import * as z from 'zod';
import { type Dialect, stream } from './scripted-model.js';

const block = z.object({
  type: z.string(),
  is_error: z.boolean().optional(),
  content: z.union([z.string(), z.array(z.object({ text: z.string().optional() }))]).optional(),
});
const request = z.object({
  tools: z
    .array(
      z.object({
        name: z.string(),
        input_schema: z
          .object({ properties: z.record(z.string(), z.unknown()).optional() })
          .optional(),
      }),
    )
    .optional(),
  messages: z.array(z.object({ content: z.union([z.string(), z.array(block)]) })),
});

/** Tools of the server `logto` have this prefix in Claude Code. */
export const messages: Dialect = {
  prefix: 'mcp__logto__',
  read: (path, body) => {
    if (!/^\/v1\/messages(\?|$)/.test(path)) {
      return undefined;
    }
    const { tools = [], messages: said } = request.parse(body);
    return {
      tools: tools.map(({ name, input_schema }) => ({
        name,
        takes: Object.keys(input_schema?.properties ?? {}),
      })),
      results: said
        .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
        .filter(({ type }) => type === 'tool_result')
        .map(({ is_error, content = '' }) => ({
          failed: is_error === true,
          text:
            typeof content === 'string' ? content : content.map(({ text = '' }) => text).join(''),
        })),
    };
  },
  write: (_, response, reply) => {
    const isCall = 'tool' in reply;
    const usage = { input_tokens: 1, output_tokens: 1 };
    const events = [
      {
        type: 'message_start',
        message: {
          ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'scripted', content: [] },
          ...{ stop_reason: null, stop_sequence: null, usage },
        },
      },
      {
        ...{ type: 'content_block_start', index: 0 },
        content_block: isCall
          ? { type: 'tool_use', id: reply.id, name: reply.tool, input: {} }
          : { type: 'text', text: '' },
      },
      {
        ...{ type: 'content_block_delta', index: 0 },
        delta: isCall
          ? { type: 'input_json_delta', partial_json: JSON.stringify(reply.values) }
          : { type: 'text_delta', text: reply.word },
      },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: isCall ? 'tool_use' : 'end_turn', stop_sequence: null },
        usage,
      },
      { type: 'message_stop' },
    ];
    stream(
      response,
      events.map((data) => ({ name: data.type, data })),
    );
  },
};
