import type { DomainAgent } from '../domain-agent.ts';
import { account } from './account.ts';
import { analytics } from './analytics.ts';
import { audit } from './audit.ts';
import { compliance } from './compliance.ts';
import { customer } from './customer.ts';
import { fraud } from './fraud.ts';
import { investment } from './investment.ts';
import { loan } from './loan.ts';
import { notification } from './notification.ts';
import { payment } from './payment.ts';
import { portfolio } from './portfolio.ts';
import { reporting } from './reporting.ts';
import { risk } from './risk.ts';
import { system } from './system.ts';
import { transaction } from './transaction.ts';

/** The fifteen UltraCore domain agents. */
export const domainAgents: readonly DomainAgent[] = [
  customer,
  risk,
  loan,
  investment,
  compliance,
  fraud,
  payment,
  transaction,
  account,
  portfolio,
  analytics,
  reporting,
  notification,
  audit,
  system,
];
