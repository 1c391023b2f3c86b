/** Whether users can sign in to the tenant. */
import { signInReads } from '../../catalog/lockouts.js';
import type { SignInState } from '../../catalog/write-facts.js';
import { listIn, memberOf, objectsIn } from '../../json.js';
import type { OperationGraph } from '../operation-graph.js';
import type { Reads } from '../tenant-reader.js';

/** The type of the connector that sends a code to an identifier. */
const connectorTypes: Readonly<Record<string, string>> = { email: 'Email', phone: 'Sms' };

/**
 * Whether a way to sign in is left: a password, a code with a connector that sends it, a social connector that is set up,
 * or SSO with a connector for some domain. Logto drops targets without a connector, and checks none of this.
 */
export function canSignIn({ settings, connectors, ssoConnectors }: SignInState): boolean {
  const { signInMode, signIn, socialSignInConnectorTargets: targets } = settings;
  if (signInMode === 'Register') {
    return false;
  }
  return (
    objectsIn(memberOf(signIn, 'methods')).some(
      ({ identifier, password, verificationCode }) =>
        password === true ||
        (verificationCode === true &&
          connectors.some(({ type }) => type === connectorTypes[String(identifier)])),
    ) ||
    listIn(targets).some((target) =>
      connectors.some(
        (connector) => connector['type'] === 'Social' && connector['target'] === target,
      ),
    ) ||
    (settings['singleSignOnEnabled'] === true &&
      ssoConnectors.some(({ domains }) => listIn(domains).length > 0))
  );
}

/**
 * Whether a call would leave no way to sign in. Reads the settings first, and the connectors only if they matter.
 *
 * @param after the state that the call would leave
 * @param strict also if no user can sign in now
 */
export async function locksEverybodyOut(
  after: (state: SignInState) => SignInState,
  strict: boolean,
  graph: OperationGraph,
  reads: Reads,
): Promise<boolean> {
  const read = graph.keyed(signInReads.settings);
  const settings = await reads.entity(read, read, {});
  if (settings === undefined) {
    return false;
  }
  const none: SignInState = { settings, connectors: [], ssoConnectors: [] };
  if (canSignIn(after(none))) {
    return false;
  }
  const itemsOf = async (key: string) => {
    const list = graph.keyed(key);
    return objectsIn(await reads.items(list, list, {}));
  };
  const connectors = await itemsOf(signInReads.connectors);
  if (canSignIn(after({ ...none, connectors }))) {
    return false;
  }
  const now = { settings, connectors, ssoConnectors: await itemsOf(signInReads.ssoConnectors) };
  // If no user can sign in already, one connector less changes nothing.
  return !canSignIn(after(now)) && (strict || canSignIn(now));
}
