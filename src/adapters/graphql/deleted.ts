import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true })
export class DeletedPayload {
  @Field(() => ID)
  deletedId: string;
}
