import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'Id of the deleted or revoked object.' })
export class DeletedPayload {
  @Field(() => ID, { description: 'Id that the mutation received. It is not assigned again.' })
  deletedId: string;
}
