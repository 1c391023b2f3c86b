/** The questions that the doctor has for the disk. It writes nothing. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface FileSystem {
  kindOf(path: string): 'folder' | 'file' | 'nothing';
  allows(path: string, use: 'read' | 'write'): boolean;
  /** The path itself, or the nearest of those above it that is there. */
  nearest(path: string): string;
}

const kindOf: FileSystem['kindOf'] = (path) => {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'nothing';
  }
};

function nearest(path: string): string {
  const above = dirname(path);
  return kindOf(path) !== 'nothing' || above === path ? path : nearest(above);
}

export const fileSystem: FileSystem = {
  kindOf,
  nearest,
  allows(path, use) {
    try {
      accessSync(path, use === 'read' ? constants.R_OK : constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
};
