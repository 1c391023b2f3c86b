/** Conditions of the table of kinds: which items can have which parts, and which belong to Logto or to this program. */
import type { Item } from '../catalog/write-facts.js';
import type { BuiltInContext, RecordCondition } from './kind.js';

/** The indicators of APIs that belong to Logto itself. */
const LOGTO_API = /^https:\/\/([\w-]+\.)?logto\.(app|io)\/(api|me)\/?$/;

/** Whether an API resource belongs to Logto itself, by its indicator. */
export const isLogtoApi = (indicator: unknown): boolean =>
  typeof indicator === 'string' && LOGTO_API.test(indicator);

/** Applications that Logto creates for itself. */
const LOGTO_APPLICATION = /^m-[\w-]+$/;

const isMachine = ({ type }: Item): boolean => type === 'MachineToMachine';

export const machinesOnly: RecordCondition = {
  appliesTo: isMachine,
  because: 'only a machine-to-machine application has roles',
};

export const thirdPartiesOnly: RecordCondition = {
  appliesTo: ({ isThirdParty }) => isThirdParty === true,
  because: 'only a third-party application asks users for scopes',
};

export const notMachines: RecordCondition = {
  appliesTo: (record) => !isMachine(record),
  because: 'a machine-to-machine application has no sign-in page',
};

/** Why an application is never exported and never touched; undefined if a manifest can manage it. */
export function builtInApplication(record: Item, { appId }: BuiltInContext): string | undefined {
  const { id, type, tenantId } = record;
  if (id === appId) {
    return 'this program signs in with it';
  }
  if (
    (typeof id === 'string' && LOGTO_APPLICATION.test(id)) ||
    (tenantId === 'admin' && id === 'admin-console')
  ) {
    return 'Logto itself uses it';
  }
  if (type === 'SAML') {
    return 'SAML applications are not covered by a manifest';
  }
  return type === 'Protected' ? 'protected applications are not covered by a manifest' : undefined;
}
