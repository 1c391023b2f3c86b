/** The command `export`: writes the configuration of the tenant as a manifest. */
import type { ManifestCommand } from '../config/config.js';
import { anyFiles, manifestText, writeManifest } from '../manifest/files.js';
import { openManifestContext } from './manifest-context.js';
import { print, say } from './runtime.js';

/** @returns the exit code */
export async function exportManifest(command: ManifestCommand): Promise<number> {
  const { configuration, sources, signal } = openManifestContext(command);
  const { manifest, counts, secrets, notes } = await configuration.export(command.kinds, signal);
  if (command.out === undefined) {
    await print(await manifestText(manifest, command.json));
  } else {
    const files = await writeManifest(anyFiles, command.out, manifest, sources);
    await print(
      command.json
        ? `${JSON.stringify({ files, counts, secrets, notes }, null, 2)}\n`
        : `${files.map((file) => `Written: ${file}`).join('\n')}\n`,
    );
  }
  // On stderr, so that a manifest on stdout can be piped.
  for (const note of notes) {
    say(note);
  }
  if (secrets.length > 0) {
    say(`Secrets are stated by the names of environment variables: ${secrets.join(', ')}.`);
  }
  return 0;
}
