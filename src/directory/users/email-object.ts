import { Field, ObjectType } from 'type-graphql';

@ObjectType('Email', { simpleResolvers: true, description: 'An email address of a user.' })
export class EmailObject {
  @Field(() => String, { description: 'Address as it was sent. Lookups compare it case-insensitively.' })
  value: string;
  @Field(() => String, { nullable: true, description: 'Type of the address, such as work. Null if it has none.' })
  type?: string;
  @Field(() => Boolean, { description: 'True for the primary address.' })
  primary: boolean;
}
