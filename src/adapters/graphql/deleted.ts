import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'Id of the deleted or revoked object.' })
export class DeletedPayload {
  @Field(() => ID)
  deletedId: string;
}
