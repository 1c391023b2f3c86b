/** Where answers of the server differ from its document; found with recordings of a real Logto (`test/sandbox/recordings`). */
export interface AnswerCorrection {
  /** The tools that it concerns; every tool where missing. */
  readonly tools?: readonly string[];
  /** What the document says, in the notation of `src/mcp/search/signature.ts`; the whole answer where missing. */
  readonly served?: string;
  /** What the server answers. */
  readonly answered: string;
  readonly reason: string;
}

const uris = 'the server answers texts; the document calls them objects';

export const answerCorrections: readonly AnswerCorrection[] = [
  { served: 'redirectUris: object[]', answered: 'redirectUris: string[]', reason: uris },
  {
    served: 'postLogoutRedirectUris: object[]',
    answered: 'postLogoutRedirectUris: string[]',
    reason: uris,
  },
  {
    served:
      ", passwordDigest?, passwordAlgorithm?: 'Argon2i' | 'Argon2id' | 'Argon2d' | 'SHA1' | 'SHA256' | 'MD5' | 'Bcrypt' | 'Legacy'",
    answered: '',
    reason: 'only answered to includePasswordHash, which this server never sends',
  },
  {
    served: 'sessionId?, params?: object}',
    answered: 'sessionId?, params?: object, ...}',
    reason: 'the payload of a log has more members, which depend on the kind of event',
  },
  {
    tools: ['list_user_grants'],
    served: 'clientId, accountId}',
    answered: 'clientId, accountId, ...}',
    reason: 'the payload of a grant has what was granted too',
  },
  {
    tools: ['list_saml_application_secrets'],
    served: 'expiresAt,',
    answered: 'expiresAt: number,',
    reason: 'the server answers epoch milliseconds; the document calls them a text',
  },
  {
    tools: ['test_action'],
    answered: 'unknown',
    reason: 'the script decides what is answered, which can be null or nothing',
  },
];
