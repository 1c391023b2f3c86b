/** Where a tenant of Logto is, and under which indicator its Management API goes there. */

/** The address of a tenant on Logto Cloud, as Logto gives it out. */
const cloudHost = /^([a-z0-9]+)\.logto\.app$/;

/** The tenant whose own address this is; undefined for a self-hosted Logto and for a custom domain. */
export const cloudTenantOf = (address: string): string | undefined =>
  cloudHost.exec(new URL(address).hostname)?.[1];

/** The address of a tenant on Logto Cloud. */
export const cloudAddress = (tenant: string): string => `https://${tenant}.logto.app`;

/**
 * The indicator of a tenant's Management API. It is a name and no address: a custom domain does not change it, and a
 * self-hosted Logto has the tenant `default`, wherever it runs.
 */
export const managementApiOf = (tenant: string): string => `${cloudAddress(tenant)}/api`;

/** The tenant whose Management API goes by this indicator; undefined for any other indicator. */
export const tenantOfIndicator = (indicator: string): string | undefined =>
  /^https:\/\/([a-z0-9]+)\.logto\.app\/api$/.exec(indicator)?.[1];

/** The tenant of a self-hosted Logto. */
export const selfHostedTenant = 'default';
