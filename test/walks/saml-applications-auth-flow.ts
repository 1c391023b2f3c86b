import type { Walk } from './walk.js';

/** Success is a redirect that only a browser with a real request gets; the refusal shows that the call arrived. */
export const samlApplicationsAuthFlowWalk: Walk = async (walker) => {
  const { id } = await walker.create(
    'create_saml_application',
    { name: walker.name('SAML') },
    (created) => ['delete_saml_application', { id: created.id }],
  );
  const unknown = { status: 404, code: 'entity.not_found' };
  await walker.refused('get_saml_authn', { id: 'nope', SAMLRequest: 'x' }, unknown);
  const noEntity = { status: 400, code: 'application.saml.entity_id_required' };
  await walker.refused('get_saml_authn', { id, SAMLRequest: 'x' }, noEntity);
  await walker.refused('create_saml_authn', { id, SAMLRequest: 'x' }, noEntity);
};
