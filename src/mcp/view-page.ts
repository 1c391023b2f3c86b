/**
 * The page of the view as one HTML text, in a checkout, where it is built from `src/view` when it is first read. The bundle
 * of the program replaces this module: there it is a file (`dev/bundle-program.ts`).
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const source = (name: string): string => fileURLToPath(new URL(`../view/${name}`, import.meta.url));

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** A script must not end its element early. */
const inScript = (text: string): string => text.replaceAll('</script', '<\\/script');

/**
 * Builds the page. Its policy allows its own script and its own styles, by their hashes, and nothing else: no connection,
 * image, frame or form.
 */
export async function buildViewPage(): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [source('main.ts'), source('view.css')],
    outdir: 'view',
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    charset: 'utf8',
    logLevel: 'silent',
    write: false,
  });
  const output = (ending: string): string =>
    outputFiles.find(({ path }) => path.endsWith(ending))?.text.trim() ?? '';
  const script = inScript(output('.js'));
  const styles = output('.css');
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(styles)}; base-uri 'none'; form-action 'none'`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Logto</title><style>${styles}</style></head>`,
    `<body><script type="module">${script}</script></body></html>\n`,
  ].join('\n');
}

let page: Promise<string> | undefined;

/** The page, built once. */
export const loadViewPage = (): Promise<string> => {
  page ??= buildViewPage();
  return page;
};
