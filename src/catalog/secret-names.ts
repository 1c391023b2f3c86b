/**
 * Names of members that hold a secret in answers and arguments of Logto, and forms of text that carry one. What a single
 * operation answers as a secret is declared there, by its path.
 */

/** Members that hold a secret wherever they are, in free data too. */
export const secretNames =
  /^(access_?token|refresh_?token|id_?token(_?hint)?|auth_?token|subject_?token|actor_?token|one_?time_?token|client_?secret|client_?assertion|private_?key|secret_?key|signing_?key|api_?key|code_?verifier|password_?(digest|hash)|secret_?qr_?code|saml_?response|authorization|(set-)?cookie)$/i;

/** Members that are secret as a whole, whatever is inside. */
export const secretContainers = /^token_?response$/i;

/** The same in arguments and images only: in answers the catalog declares them, and documents describe them. */
export const privateContainers = /^environment_?variables$/i;

/** Members that are secret because of the object that contains them: what a browser or a provider sent, and headers. */
export const secretInside: readonly (readonly [parent: RegExp, name: RegExp])[] = [
  [
    /^(params|query|raw_?data|connector_?data|assertion)$/i,
    /^(code|token|password|assertion|.*credential)$/i,
  ],
  [/^headers$/i, /auth|token|key|secret|sign|cookie|pass|cred/i],
];

/** More names that are redacted in arguments and images: there a wrong guess costs no more than an undo. */
export const privateNames =
  /^(pass|passwd|passphrase|.*password|.*password_?digest|(.*[_a-z])?token|codes?|verification_?code|.*secret|credentials?)$/i;

/** A secret in the query of an address, such as the link of an invitation or the key of a webhook. */
export const secretInQuery =
  /([?&#](?:one_?time_?token|access_?token|id_?token|refresh_?token|auth_?token|token|code|SAMLResponse|client_?secret|secret|password|api_?key|apikey|key|sig|signature)=)([^&#\s"'<>]+)/gi;

/** A password in front of the host of an address. */
export const passwordInAddress = /(\/\/[^/\s:@"'<>]*:)([^/\s@"'<>]+)(?=@)/g;

/** An assertion in a page that a browser posts on. */
export const assertionInPage =
  /(name="SAMLResponse"\s+value="|value="(?=[^"]+"\s+name="SAMLResponse"))([^"]+)/gi;
