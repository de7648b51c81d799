import { Foundation1764000000000 } from './1764000000000-foundation.js';
import { Provisioning1764100000000 } from './1764100000000-provisioning.js';
import { SignIn1764200000000 } from './1764200000000-sign-in.js';
import { EventStream1764300000000 } from './1764300000000-event-stream.js';
import { Api1764400000000 } from './1764400000000-api.js';
import { SignInProofs1764510000000 } from './1764510000000-sign-in-proofs.js';
import { ApplicationRules1764560000000 } from './1764560000000-application-rules.js';
import { EnvironmentKeys1764590000000 } from './1764590000000-environment-keys.js';
import { IdsWithoutOrder1764600000000 } from './1764600000000-ids-without-order.js';
import { SignalSubjects1764620000000 } from './1764620000000-signal-subjects.js';
import { EventIdentity1764640000000 } from './1764640000000-event-identity.js';
import { AssignedDomains1764650000000 } from './1764650000000-assigned-domains.js';
import { Looks1780000010000 } from './1780000010000-looks.js';
import { TableStatistics1780000020000 } from './1780000020000-table-statistics.js';
import { ErasureByEvent1780000040000 } from './1780000040000-erasure-by-event.js';
import { KeysOfCounts1780000050000 } from './1780000050000-keys-of-counts.js';
import { Announcements1780000060000 } from './1780000060000-announcements.js';
import { EventActors1780000110000 } from './1780000110000-event-actors.js';
import { OrdersOfLists1780000200010 } from './1780000200010-orders-of-lists.js';
import { FindIndexes1780000300000 } from './1780000300000-find-indexes.js';
import { AttentionIndexes1780000310000 } from './1780000310000-attention-indexes.js';
import { DormancyWarnings1780000500000 } from './1780000500000-dormancy-warnings.js';
import { RequestsByTransaction1780000600000 } from './1780000600000-requests-by-transaction.js';
import { IdpCertificates1780000620000 } from './1780000620000-idp-certificates.js';
import { ServerNodes1780000630000 } from './1780000630000-server-nodes.js';
import { SetupLinkDetails1780000631000 } from './1780000631000-setup-link-details.js';
import { ExpiryIndexes1780000650000 } from './1780000650000-expiry-indexes.js';

/** All migrations, oldest first. One that has landed is never edited: the next one corrects it. */
export const migrations = [
  Foundation1764000000000,
  Provisioning1764100000000,
  SignIn1764200000000,
  EventStream1764300000000,
  Api1764400000000,
  SignInProofs1764510000000,
  ApplicationRules1764560000000,
  EnvironmentKeys1764590000000,
  IdsWithoutOrder1764600000000,
  SignalSubjects1764620000000,
  EventIdentity1764640000000,
  AssignedDomains1764650000000,
  Looks1780000010000,
  TableStatistics1780000020000,
  ErasureByEvent1780000040000,
  KeysOfCounts1780000050000,
  Announcements1780000060000,
  EventActors1780000110000,
  OrdersOfLists1780000200010,
  FindIndexes1780000300000,
  AttentionIndexes1780000310000,
  DormancyWarnings1780000500000,
  RequestsByTransaction1780000600000,
  IdpCertificates1780000620000,
  ServerNodes1780000630000,
  SetupLinkDetails1780000631000,
  ExpiryIndexes1780000650000,
];
