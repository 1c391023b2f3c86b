/** How writes that ask first are confirmed; the setting `--confirm`. */

/** Whether writes are confirmed by a question to the person alone, by a plan, or by whichever the client supports. */
export const confirmModes = ['auto', 'ask', 'plan'] as const;

export type ConfirmMode = (typeof confirmModes)[number];

/** The default of `--confirm`. */
export const DEFAULT_CONFIRM_MODE: ConfirmMode = 'auto';
