/** A host for the view, in a browser: the official bridge over a sandboxed frame. The test answers its tool calls. */

import type { CallToolResult } from '@modelcontextprotocol/client';
import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge';

declare global {
  interface Window {
    /** Calls a tool of the server; the test exposes it. */
    callTool(name: string, args: Record<string, unknown>): Promise<CallToolResult>;
    /** Records what the view tells the model; the test exposes it. */
    toModel(text: string): Promise<void>;
    /** Opens the view for one call and passes it the result. Resolves when the view has received it. */
    openView(
      html: string,
      args: Record<string, unknown>,
      result: CallToolResult,
      theme: 'light' | 'dark',
    ): Promise<void>;
  }
}

window.openView = async (html, args, result, theme) => {
  document.body.replaceChildren();
  const frame = document.createElement('iframe');
  // As hosts do: scripts run, without an origin of their own.
  frame.sandbox.add('allow-scripts');
  frame.style.cssText = 'width: 100%; height: 900px; border: 0';
  document.body.append(frame);
  const target = frame.contentWindow;
  if (target === null) {
    throw new Error('The frame has no window.');
  }
  const bridge = new AppBridge(
    null,
    { name: 'test-host', version: '1.0.0' },
    { serverTools: {}, updateModelContext: { text: {} } },
    { hostContext: { theme } },
  );
  bridge.oncalltool = ({ name, arguments: sent = {} }) => window.callTool(name, sent);
  bridge.onupdatemodelcontext = async ({ content = [] }) => {
    const [first] = content;
    await window.toModel(first?.type === 'text' ? first.text : '');
    return {};
  };
  const opened = new Promise<void>((resolve) => {
    bridge.oninitialized = () => resolve();
  });
  await bridge.connect(new PostMessageTransport(target, target));
  frame.srcdoc = html;
  await opened;
  await bridge.sendToolInput({ arguments: args });
  await bridge.sendToolResult(result);
};
