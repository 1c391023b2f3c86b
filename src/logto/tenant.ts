/** The address of a tenant, and the resource indicator of its Management API. */

/** The host of a tenant on Logto Cloud, as Logto assigns it. */
const CLOUD_HOST = /^([a-z0-9]+)\.logto\.app$/;

/** The tenant on Logto Cloud that has this address; undefined for a self-hosted Logto and for a custom domain. */
export const cloudTenantOf = (address: string): string | undefined =>
  CLOUD_HOST.exec(new URL(address).hostname)?.[1];

/** The address of a tenant on Logto Cloud. */
export const cloudAddress = (tenant: string): string => `https://${tenant}.logto.app`;

/**
 * The resource indicator of a tenant's Management API. It is a name, not an address: a custom domain does not change it, and a
 * self-hosted Logto has the tenant `default`, wherever it runs.
 */
export const managementApiOf = (tenant: string): string => `${cloudAddress(tenant)}/api`;

/** The tenant whose Management API has this indicator; undefined for any other indicator. */
export const tenantOfIndicator = (indicator: string): string | undefined =>
  /^https:\/\/([a-z0-9]+)\.logto\.app\/api$/.exec(indicator)?.[1];

/** The tenant of a self-hosted Logto. */
export const selfHostedTenant = 'default';
