import { defineAgent } from '../domain-agent.ts';
import { choices, day, quoted } from '../language/slots.ts';
import { always, fact, said } from '../rules.ts';
import { date, id, oneOf, words } from '../schema.ts';

export const notification = defineAgent({
  agentId: 'notification',
  title: 'Notification',
  weight: 8,
  lexicon: {
    message: 'message | text | notification | notice ~ dm',
    tell: 'tell | inform | let know | notify ~ ping | hit up',
    remind: 'remind | send a reminder to | nudge | jog the memory of ~ poke',
    subscribe: 'subscribe | sign up | turn on | activate ~ opt into',
    unsubscribe: 'unsubscribe | turn off | mute | opt out of ~ ghost',
    alerts: 'alerts | notifications | warnings | updates ~ pings',
    channel: 'channel | way to be reached | contact method ~ lane',
    delivered: 'delivered | received | read | opened ~ seen',
    campaign: 'campaign | mailing | newsletter | broadcast ~ blast',
    all: 'everyone | all customers | the whole list | each customer ~ the whole gang',
  },
  slots: {
    text: quoted('What should it say?', [
      'your card is ready',
      'please call us back',
      'documents are missing',
      'your appointment is confirmed',
      'the branch is closed on Friday',
    ]),
    kind: choices('Which alerts?', {
      balance: 'low balance | account balance',
      login: 'new logins | sign-in events',
      payment: 'incoming payments | salary receipts',
    }),
    channel: choices('Which channel?', {
      sms: 'sms | text to the phone',
      email: 'email | e-mail | mail',
      push: 'push | in the app',
    }),
    day: day(),
  },
  limits: { quiet: [21, 18] },
  facts: (draw) => ({
    customer: { ...draw.customer(), preferred: draw.oneOf('sms', 'email', 'push'), consent: draw.chance(0.85) },
    message: { id: draw.id('MS'), hour: draw.integer(7, 23), recipients: draw.integer(1, 900) },
  }),
  tools: {
    send_message: {
      about: 'Sends a message over the customer’s preferred channel.',
      ms: 120,
      failing: 0.07,
      parameters: { customer_id: id('CU'), channel: oneOf('sms', 'email', 'push'), text: words },
    },
    queue_message: {
      about: 'Holds a message until the quiet hours are over.',
      ms: 40,
      parameters: { customer_id: id('CU'), text: words },
    },
    schedule_reminder: {
      about: 'Reminds a customer on a day.',
      ms: 60,
      parameters: { customer_id: id('CU'), on: date },
    },
    subscribe_alerts: {
      about: 'Turns alerts on.',
      ms: 50,
      parameters: { customer_id: id('CU'), kind: oneOf('balance', 'login', 'payment') },
    },
    unsubscribe_alerts: {
      about: 'Turns alerts off.',
      ms: 50,
      parameters: { customer_id: id('CU'), kind: oneOf('balance', 'login', 'payment') },
    },
    set_channel: {
      about: 'Sets the preferred channel.',
      ms: 45,
      parameters: { customer_id: id('CU'), channel: oneOf('sms', 'email', 'push') },
    },
    get_delivery_status: { about: 'Reads whether a message arrived.', ms: 35, parameters: { message_id: id('MS') } },
    request_consent: {
      about: 'Asks the customer for consent to be written to.',
      ms: 90,
      parameters: { customer_id: id('CU'), purpose: oneOf('messages') },
    },
  },
  intents: {
    send: {
      weight: 6,
      phrases: [
        '{send} the {client} a {message} [<text>]',
        '{tell} the {client} <text>',
        '{want} {tell} the {client} [<text>]',
      ],
      rules: [
        {
          when: ({ fact: of }) => of('customer.consent') === false,
          tool: 'request_consent',
          with: { customer_id: fact('customer.id'), purpose: always('messages') },
        },
        {
          when: ({ number, limit }) => number('message.hour') >= limit('quiet'),
          tool: 'queue_message',
          with: { customer_id: fact('customer.id'), text: said('text') },
        },
        {
          tool: 'send_message',
          with: { customer_id: fact('customer.id'), channel: fact('customer.preferred'), text: said('text') },
        },
      ],
    },
    remind: {
      weight: 4,
      phrases: ['{remind} the {client} [on <day>]', '{want} {remind} me on <day>', '{remind} them <day>'],
      rules: [{ tool: 'schedule_reminder', with: { customer_id: fact('customer.id'), on: said('day') } }],
    },
    subscribe: {
      weight: 4,
      phrases: [
        '{subscribe} {alerts} for <kind>',
        '{want} {subscribe} <kind> {alerts}',
        '{subscribe} the {alerts} [about <kind>]',
      ],
      rules: [{ tool: 'subscribe_alerts', with: { customer_id: fact('customer.id'), kind: said('kind') } }],
    },
    unsubscribe: {
      weight: 4,
      phrases: [
        '{unsubscribe} the {alerts} for <kind>',
        '{want} {unsubscribe} <kind> {alerts}',
        'too many {alerts}, {unsubscribe} them [about <kind>]',
      ],
      rules: [{ tool: 'unsubscribe_alerts', with: { customer_id: fact('customer.id'), kind: said('kind') } }],
    },
    channel: {
      weight: 3,
      phrases: [
        '{change} the {channel} to <channel>',
        'contact me by <channel>',
        '{want} another {channel} [<channel>]',
      ],
      rules: [{ tool: 'set_channel', with: { customer_id: fact('customer.id'), channel: said('channel') } }],
    },
    delivery: {
      weight: 4,
      phrases: [
        'was the {message} {delivered}',
        '{check} if the {client} {delivered} the {message}',
        '{message} {delivered} yet',
      ],
      rules: [{ tool: 'get_delivery_status', with: { message_id: fact('message.id') } }],
    },
  },
  vague: [
    { phrases: ['{alerts} for <kind>', 'about those <kind> {alerts}'], readings: ['subscribe', 'unsubscribe'] },
    { phrases: ['the {message} for the {client}'], readings: ['delivery', 'send'] },
  ],
});
