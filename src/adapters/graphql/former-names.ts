import { defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';

/**
 * Deprecated names of fields and mutations with their successors, by type. Only one of the two names is declared in the
 * type; the other one resolves in the same way.
 */
export const formerNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  JitPolicy: { vouchesForEmail: 'trustsEmail' },
  Mutation: {
    acknowledge: 'acknowledgeEvents',
    replayWebhooks: 'moveWebhookCursor',
    settleAdoption: 'resolveAdoption',
    settleLink: 'resolveLink',
  },
  PersonExplanation: { lookUps: 'lookups' },
  ProvisioningRequest: { at: 'receivedAt', quirks: 'notes', status: 'httpStatus' },
  ProvisioningRequestPayload: { wouldTell: 'wouldEmit' },
  TestDelivery: { answer: 'responseBody', status: 'httpStatus' },
  TimelineEntry: { at: 'occurredAt' },
  WebhookDelivery: { answer: 'responseBody', at: 'attemptedAt', status: 'httpStatus' },
};

/** Adds the missing one of each pair of names to the schema, and deprecates the former one. */
export function addFormerNames(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, names] of Object.entries(formerNames)) {
    const type = schema.getType(name);
    if (!isObjectType(type)) throw new Error(`"${name}" is not an object type of the schema.`);
    const fields = type.getFields();
    for (const [former, successor] of Object.entries(names)) {
      const declared = fields[successor] ?? fields[former];
      if (!declared) throw new Error(`"${name}.${successor}" is not a field of the schema.`);
      const { name: property, resolve = defaultFieldResolver } = declared;
      // The default resolver reads the property that has the name of the field.
      const own: typeof resolve = (source, args, context, info) =>
        resolve(source, args, context, { ...info, fieldName: property });
      fields[successor] = { ...declared, name: successor, resolve: own };
      fields[former] = { ...declared, name: former, resolve: own, deprecationReason: `Use ${successor}.` };
    }
  }
  return schema;
}
