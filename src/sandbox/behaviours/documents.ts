import type { Behaviours } from '../call.js';
import { managementDocument } from '../document.js';
import { ok } from '../reply.js';

/** The sandbox has no sign-in page and no account pages, so it has no API for them. */
const emptyDocument = (title: string) => ({
  openapi: '3.0.1',
  info: { title, version: 'sandbox' },
  paths: {},
});

export const documentBehaviours: Behaviours = {
  getWellKnownManagementOpenapiJson: ({ release }) => ok(managementDocument(release)),
  getWellKnownExperienceOpenapiJson: () => ok(emptyDocument('Experience API')),
  getWellKnownUserOpenapiJson: () => ok(emptyDocument('Account API')),
  getSwaggerJson: ({ release }) => ok(managementDocument(release)),
};
