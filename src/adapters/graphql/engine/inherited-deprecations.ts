import { type GraphQLSchema, isInputObjectType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

/** Marks input fields that a class inherits as deprecated, as its base class does. TypeGraphQL drops the mark. */
export function keepInheritedDeprecations(schema: GraphQLSchema): GraphQLSchema {
  const { inputTypes } = getMetadataStorage();
  for (const { target, name } of inputTypes) {
    const type = schema.getType(name);
    if (!isInputObjectType(type)) continue;
    const bases = inputTypes.filter((base) => target.prototype instanceof base.target);
    for (const { schemaName, deprecationReason } of bases.flatMap(({ fields = [] }) => fields)) {
      const field = type.getFields()[schemaName];
      if (field && deprecationReason) field.deprecationReason = deprecationReason;
    }
  }
  return schema;
}
