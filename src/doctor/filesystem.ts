/** The file system as the doctor needs it. It writes nothing. */
import { accessSync, constants, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface FileSystem {
  /** What a path leads to, behind links. `other`: a device, a socket or a pipe. */
  kindOf(path: string): 'folder' | 'file' | 'other' | 'nothing';
  /** Whether a path is a link: `hard` when the file has another name. */
  linkKindOf(path: string): 'symbolic' | 'hard' | undefined;
  /** The permission bits, behind links; undefined where there are none: no such file, or Windows. */
  modeOf(path: string): number | undefined;
  allows(path: string, use: 'read' | 'write'): boolean;
  /** The path itself, or the nearest folder above it that exists. */
  nearestExisting(path: string): string;
  /** The names in a folder; none when it cannot be read. */
  namesIn(folder: string): readonly string[];
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

const kindOf: FileSystem['kindOf'] = (path) => {
  const stats = statOf(path);
  if (stats === undefined) {
    return 'nothing';
  }
  return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other';
};

function nearestExisting(path: string): string {
  const parent = dirname(path);
  return kindOf(path) !== 'nothing' || parent === path ? path : nearestExisting(parent);
}

const linkKindOf: FileSystem['linkKindOf'] = (path) => {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink()) {
    return 'symbolic';
  }
  return stats?.isFile() && stats.nlink > 1 ? 'hard' : undefined;
};

/** @param platform decides whether there are permission bits */
export const createFileSystem = (platform: NodeJS.Platform): FileSystem => ({
  kindOf,
  nearestExisting,
  linkKindOf: (path) => {
    try {
      return linkKindOf(path);
    } catch {
      return undefined;
    }
  },
  modeOf(path) {
    const stats = platform === 'win32' ? undefined : statOf(path);
    return stats && stats.mode & 0o7777;
  },
  allows(path, use) {
    try {
      accessSync(path, use === 'read' ? constants.R_OK : constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
  namesIn(folder) {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
});
