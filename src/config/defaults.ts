/** The defaults of options and variables, for the settings and for the descriptions of options. */

/** The default of `--tools`. */
export const DEFAULT_SELECTION = 'default';

/** The default of `--log-level`. */
export const DEFAULT_LOG_LEVEL = 'warn';

/** The default of `--port`. */
export const DEFAULT_PORT = '8787';

/** The default of `--host`. */
export const DEFAULT_HOST = '127.0.0.1';

/** The default of `--base-path`. */
export const DEFAULT_BASE_PATH = '/mcp';

/** The default of LOGTO_MCP_CALLS_PER_MINUTE. */
export const DEFAULT_CALLS_PER_MINUTE = '600';

/** The default of `--name`: the name of this server's entry in a client. */
export const DEFAULT_ENTRY_NAME = 'logto';
