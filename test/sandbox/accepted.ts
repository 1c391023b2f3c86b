/** Where the sandbox is allowed to answer otherwise than the recorded Logto, with the reason. */
export interface Accepted {
  readonly recording: string;
  /** The operationId, or the path where the recording has none. */
  readonly operation: string;
  /** Its line in the recording; any unless given. */
  readonly line?: number;
  readonly what: RegExp;
  readonly reason: string;
}

export const accepted: readonly Accepted[] = [];
