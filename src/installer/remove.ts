/** The command `remove`: removes this server from the configuration of an MCP client. */
import type { Config } from '../config/config.js';
import { valueAt } from '../json.js';
import {
  addCopy,
  backUp,
  type CliContext,
  isSecretShared,
  type LoadedConfig,
  loadConfig,
  showDiff,
  withRollback,
} from './context.js';
import {
  byteOrderMark,
  type FileContent,
  type FileCopy,
  isLink,
  readFile,
  refuseChanged,
  refuseReadOnly,
  removeFile,
  sha256,
  withLock,
  writeFile,
} from './files.js';
import {
  configIn,
  entryIn,
  entryNamesIn,
  isEmptyConfig,
  isSameConfig,
  removeEntry,
} from './server-entry.js';
import { type FileRecord, StateFile } from './state-file.js';

export type Remove = Extract<Config, { command: 'remove' }>;

/** A copy that still is as this program made it. */
function intactCopy(copy: FileCopy): FileContent | undefined {
  try {
    const content = readFile(copy.path);
    return content !== undefined && sha256(content.bytes) === copy.sha256 ? content : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The bytes of the file from before the first entry, if nothing but this program has edited the file since, and if they say
 * the same as `text`, from which the entry was removed.
 */
function originalBytes(
  config: LoadedConfig,
  text: string,
  record: FileRecord | undefined,
): Buffer | undefined {
  const isUntouched = config.content && record?.written === sha256(config.content.bytes);
  const original = isUntouched && record?.original && intactCopy(record.original);
  if (!original) {
    return undefined;
  }
  const { client } = config;
  const isSame = isSameConfig(
    client,
    configIn({ ...config, text: original.text }),
    configIn({ ...config, text }),
  );
  return isSame ? original.bytes : undefined;
}

/** The record without the entry; undefined when no other entry is left. */
function remainingRecord(
  record: FileRecord | undefined,
  name: string,
  after: LoadedConfig,
  copy: FileCopy | undefined,
  written: string | Buffer,
): FileRecord | undefined {
  const entries = (record?.entries ?? []).filter(
    (entry) => entry.name !== name && entryIn(after, entry.name) !== undefined,
  );
  if (record === undefined || entries.length === 0) {
    return undefined;
  }
  const { original, ...rest } = record;
  const isUntouched = after.content && sha256(after.content.bytes) === record.written;
  return {
    ...rest,
    ...(isUntouched && original !== undefined && { original }),
    written: sha256(written),
    copies: addCopy(record.copies, copy),
    entries,
  };
}

function removeNow(remove: Remove, context: CliContext): void {
  const { name } = remove;
  const { say } = context;
  const config = loadConfig(remove, context);
  const { file, content } = config;
  const state = new StateFile(context);
  const records = state.records();
  const record = records.find((candidate) => candidate.file === file);
  const others = records.filter((candidate) => candidate !== record);
  const secretFile = state.secretFile(name);
  const present = entryIn(config, name);
  const edited =
    present === undefined ? config.text : removeEntry(config, name, record?.containers ?? []);
  const after = { ...config, text: edited };
  const original = present === undefined ? undefined : originalBytes(config, edited, record);
  const isEmptied = record?.created === true && isEmptyConfig(edited);
  const dropsFile = content !== undefined && isEmptied && !isLink(file);
  const bytes =
    original ??
    (isEmptied ? '' : `${content?.hasByteOrderMark === true ? byteOrderMark : ''}${edited}`);
  const isChanged = present !== undefined && content !== undefined;
  const ownsSecretFile =
    record?.entries.some((entry) => entry.name === name && entry.keepsSecret) === true ||
    valueAt(present, ['env', 'LOGTO_APP_SECRET_FILE']) === secretFile;
  const dropsSecret =
    ownsSecretFile &&
    state.secret(name) !== undefined &&
    !isSecretShared(secretFile, after, others, context);

  if (remove.dryRun) {
    if (present !== undefined) {
      const text = original === undefined ? edited : new TextDecoder().decode(original);
      showDiff(config, text, name, context);
    }
    if (dropsFile) {
      say(`${file} would be removed, since nothing else is in it.`);
    }
    if (dropsSecret) {
      say(`${secretFile} would be removed.`);
    }
    say('Nothing was changed.');
    return;
  }

  if (isChanged) {
    refuseReadOnly(file, content);
  }
  const copy =
    !isChanged || dropsFile || original !== undefined ? undefined : backUp(config, context);
  const remaining = remainingRecord(
    record,
    name,
    after,
    copy,
    isChanged ? bytes : (config.content?.bytes ?? ''),
  );
  withRollback(
    () => {
      if (record !== undefined) {
        state.write(remaining === undefined ? others : [...others, remaining]);
      }
      if (dropsFile) {
        refuseChanged(file, content);
        removeFile(file, record?.folder);
      } else if (isChanged) {
        writeFile(file, content, bytes);
      }
    },
    () => state.write(records),
  );
  if (dropsSecret) {
    state.writeSecret(name, undefined);
  }
  const obsolete =
    record === undefined || remaining !== undefined
      ? []
      : record.copies.filter(({ path }) => path !== copy?.path);
  const deleted = obsolete.filter((candidate) => intactCopy(candidate) !== undefined);
  for (const { path } of deleted) {
    removeFile(path, record?.folder);
  }

  if (dropsFile) {
    say(`${file} is removed; there was nothing but "${name}" in it.`);
  } else if (present === undefined) {
    const names = entryNamesIn(config);
    say(
      `There is no "${name}" in ${file}.${names.length === 0 ? '' : ` Entries of this server there: ${names.join(', ')}; choose one with --name.`}`,
    );
  } else {
    say(
      `"${name}" is removed from ${file}.${copy === undefined ? '' : ` A copy of the file from before is ${copy.path}; delete it when all is well.`}`,
    );
  }
  if (dropsSecret) {
    say(`Its app secret, ${secretFile}, is removed.`);
  }
  for (const { path } of obsolete) {
    say(
      deleted.some((candidate) => candidate.path === path)
        ? `The copy that init had made, ${path}, is removed.`
        : `The copy ${path} has been changed or moved since init made it, so it is left alone.`,
    );
  }
}

/**
 * Removes this server from the configuration of a client, with everything that was made for it: the secret when no other
 * entry names its file, the file and its folders when nothing else is in them, and copies of the file.
 *
 * @throws ConfigError for everything that prevents it; then nothing has been changed
 */
export function remove(config: Remove, context: CliContext): void {
  // Reports an unreadable file before anything is written, the lock included.
  loadConfig(config, context);
  if (config.dryRun) {
    removeNow(config, context);
  } else {
    withLock(new StateFile(context).folder, context.now, () => removeNow(config, context));
  }
}
