import type {
  GetCapacityProviderRequest,
  ListCapacityProvidersRequest,
  ListFunctionVersionsByCapacityProviderRequest,
} from '@aws-sdk/client-lambda';
import { functionArn } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { CapacityProviderDocument, CapacityVersionDocument } from '../../capacity-providers.ts';
import type { ControlContext } from '../../control-context.ts';
import { type VersionDocument, versionKey } from '../../documents.ts';
import { listPage } from '../../paging.ts';
import { getProvider } from './capacity-provider-name.ts';

const PAGE_MAX = 50;

/** One provider. */
export async function getCapacityProvider(
  control: ControlContext,
  input: GetCapacityProviderRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { body } = await getProvider(control, context, input.CapacityProviderName ?? '');
  return { output: { CapacityProvider: body.provider } };
}

/** The providers, or those in one state; a page may then hold fewer than it could. */
export async function listCapacityProviders(
  control: ControlContext,
  input: ListCapacityProvidersRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { items, NextMarker } = await listPage<CapacityProviderDocument>(
    control.store,
    context,
    { kind: 'capacity-provider' },
    input,
    PAGE_MAX,
  );
  const providers = items.map(({ body }) => body.provider);
  const CapacityProviders = providers.filter(({ State }) => input.State === undefined || input.State === State);
  return { output: { CapacityProviders, NextMarker } };
}

/** The published versions that run on a provider. */
export async function listFunctionVersionsByCapacityProvider(
  control: ControlContext,
  input: ListFunctionVersionsByCapacityProviderRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const provider = await getProvider(control, context, input.CapacityProviderName ?? '');
  const { items, NextMarker } = await listPage<CapacityVersionDocument>(
    control.store,
    context,
    { kind: 'capacity-version', prefix: `${provider.key.id}/` },
    input,
    PAGE_MAX,
  );
  const versions = await Promise.all(
    items.map(async ({ body: { functionName, version } }) => {
      const document = await control.store.get<VersionDocument>(versionKey(context, functionName, version));
      const FunctionArn = functionArn(context, functionName, version);
      // What was deleted since the list was read is left out.
      return document ? [{ FunctionArn, State: document.body.configuration.State }] : [];
    }),
  );
  const { CapacityProviderArn } = provider.body.provider;
  return { output: { CapacityProviderArn, FunctionVersions: versions.flat(), NextMarker } };
}
