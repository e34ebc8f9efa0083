import { eventStoreContract } from '@retort/event-store/contract';
import { startPostgresEventStore } from './subject.ts';

eventStoreContract('postgres', startPostgresEventStore);
