// Takes Duffel's official client through a whole journey against the sandbox:
//
//     node run.mjs http://127.0.0.1:PORT [strict|compatible]
//
// In strict mode three defects of client 4.30.0 are expected: it throws on answers without a
// body, it wraps order metadata once too often, and it asks for upsells under a wrong path. In
// compatible mode the sandbox makes up for them.

import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { Duffel, DuffelError } from '@duffel/api'

const [base, mode = 'strict'] = process.argv.slice(2)
assert.ok(base, 'usage: node run.mjs URL [strict|compatible]')
const duffel = new Duffel({ token: 'duffel_test_peer', basePath: base, source: 'nestmap-peer' })

const step = (text) => console.log(`- ${text}`)
const sandbox = async (path, body) => {
  const answer = await fetch(`${base}/_sandbox${path}`, { method: body ? 'POST' : 'GET', body: body && JSON.stringify(body) })
  assert.equal(answer.status, 200)
  return answer.json()
}
const refused = async (call, code, status) => {
  const error = await call.then(() => assert.fail(`expected ${code}`), (error) => error)
  assert.ok(error instanceof DuffelError, `${code}: ${error}`)
  assert.equal(error.errors[0].code, code)
  assert.equal(error.meta.status, status)
  assert.ok(error.meta.request_id)
}

// The receiver of webhooks.
const mail = []
const receiver = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    mail.push({ signature: request.headers['x-duffel-signature'], body: Buffer.concat(chunks) })
    response.writeHead(200).end()
  })
})
await new Promise((ready) => receiver.listen(0, '127.0.0.1', ready))

const { now } = await sandbox('')
const day = (days) => new Date(Date.parse(now) + days * 86_400_000).toISOString().slice(0, 10)
await sandbox('/webhooks', { paused: true })

// Webhook.
const { data: webhook } = await duffel.webhooks.create({
  url: `http://127.0.0.1:${receiver.address().port}/duffel`,
  events: ['order.created', 'payment.created'],
})
assert.ok(webhook.secret)
if (mode === 'strict') {
  await assert.rejects(duffel.webhooks.ping(webhook.id), TypeError)
} else {
  await duffel.webhooks.ping(webhook.id)
}
assert.equal(mail.length, 1)
step('webhook made and pinged')

// Search, page by page.
const { data: search } = await duffel.offerRequests.create({
  slices: [
    { origin: 'LHR', destination: 'JFK', departure_date: day(60), departure_time: null, arrival_time: null },
    { origin: 'JFK', destination: 'LHR', departure_date: day(67), departure_time: null, arrival_time: null },
  ],
  passengers: [{ type: 'adult' }],
  cabin_class: 'economy',
  max_connections: 1,
  return_offers: false,
})
assert.ok(!search.offers?.length)
assert.equal(search.live_mode, false)
const offers = []
for await (const { data } of duffel.offers.listWithGenerator({ offer_request_id: search.id, sort: 'total_amount' })) {
  offers.push(data)
}
assert.ok(offers.length >= 10, `${offers.length} offers`)
const amounts = offers.map((offer) => Number(offer.total_amount))
assert.deepEqual(amounts, [...amounts].sort((one, other) => one - other))
const first = await duffel.offers.list({ offer_request_id: search.id, limit: 2 })
assert.equal(first.data.length, 2)
const second = await duffel.offers.list({ offer_request_id: search.id, limit: 2, after: first.meta.after })
assert.notEqual(second.data[0].id, first.data[1].id)
step(`searched: ${offers.length} offers from ${offers[0].total_amount} ${offers[0].total_currency}`)

// One offer, its services, its price, its seats.
const found = offers.find((offer) => offer.owner.iata_code === 'ZZ')
const { data: offer } = await duffel.offers.get(found.id, { return_available_services: true })
assert.equal(offer.payment_requirements.requires_instant_payment, false)
const bag = offer.available_services.find((service) => service.type === 'baggage')
const { data: priced } = await duffel.offers.getPriced(offer.id, {
  intended_payment_methods: [{ type: 'balance' }],
  intended_services: [{ id: bag.id, quantity: 1 }],
})
assert.equal((Number(priced.total_amount) - Number(offer.total_amount)).toFixed(2), bag.total_amount)
const { data: seatMaps } = await duffel.seatMaps.get({ offer_id: offer.id })
assert.ok(seatMaps[0].cabins[0].rows.length > 20)
const dearer = duffel.offers.upsellFares(offers.find((offer) => offer.owner.iata_code !== 'ZZ').id)
if (mode === 'strict') {
  await refused(dearer, 'not_found', 404)
} else {
  await dearer
}
step(`offer priced with a bag: ${priced.total_amount} ${priced.total_currency}`)

// Hold.
const { data: order } = await duffel.orders.create({
  type: 'pay_later',
  selected_offers: [offer.id],
  passengers: [{
    id: offer.passengers[0].id,
    title: 'ms',
    gender: 'f',
    given_name: 'Amelia',
    family_name: 'Earhart',
    born_on: '1987-07-24',
    email: 'amelia@example.com',
    phone_number: '+442080160509',
  }],
  metadata: { attempt: 'peer' },
})
assert.equal(order.payment_status.awaiting_payment, true)
assert.equal(order.metadata.attempt, 'peer')
const waiting = await duffel.orders.list({ awaiting_payment: true, sort: 'payment_required_by' })
assert.deepEqual(waiting.data.map((row) => row.id), [order.id])
const { data: updated } = await duffel.orders.update(order.id, { metadata: { trip: '7' } })
assert.deepEqual(updated.metadata, mode === 'strict' ? { attempt: 'peer' } : { trip: '7' })
step(`held: ${order.booking_reference}`)

// Pay, first wrongly.
const pay = (amount) => duffel.payments.create({
  order_id: order.id,
  payment: { type: 'balance', amount, currency: order.total_currency },
})
await refused(pay('1.00'), 'payment_amount_does_not_match_order_amount', 422)
const { data: payment } = await pay(order.total_amount)
assert.equal(payment.amount, order.total_amount)
await refused(pay(order.total_amount), 'already_paid', 422)
const { data: paid } = await duffel.orders.get(order.id)
assert.ok(paid.payment_status.paid_at)
assert.equal(paid.documents[0].type, 'electronic_ticket')
step(`paid: ${payment.amount} ${payment.currency}`)

// Change the way back.
const back = paid.slices[1]
const { data: request } = await duffel.orderChangeRequests.create({
  order_id: order.id,
  slices: {
    remove: [{ slice_id: back.id }],
    add: [{ origin: 'JFK', destination: 'LHR', departure_date: day(70), cabin_class: 'economy' }],
  },
})
const choice = request.order_change_offers[0]
const { data: change } = await duffel.orderChanges.create({ selected_order_change_offer: choice.id })
const { data: changed } = await duffel.orderChanges.confirm(change.id, {
  payment: { type: 'balance', amount: choice.change_total_amount, currency: choice.change_total_currency },
})
assert.ok(changed.confirmed_at)
const { data: rebooked } = await duffel.orders.get(order.id)
assert.notEqual(rebooked.slices[1].id, back.id)
step(`changed for ${choice.change_total_amount} ${choice.change_total_currency}`)

// Cancel: quote, confirm, and once more.
const { data: quote } = await duffel.orderCancellations.create({ order_id: order.id })
assert.equal(quote.confirmed_at, null)
assert.equal(quote.refund_amount, rebooked.total_amount)
const { data: cancelled } = await duffel.orderCancellations.confirm(quote.id)
assert.ok(cancelled.confirmed_at)
await refused(duffel.orderCancellations.confirm(quote.id), 'already_cancelled', 422)
step(`cancelled: ${cancelled.refund_amount} ${cancelled.refund_currency} to ${cancelled.refund_to}`)

// Webhooks: true signatures over the raw body.
await sandbox('/flush', {})
const verify = ({ signature, body }, secret) => {
  const { t, v1 } = Object.fromEntries(signature.split(',').map((part) => part.split('=')))
  const expected = createHmac('sha256', secret).update(`${t}.`).update(body).digest()
  return timingSafeEqual(expected, Buffer.from(v1, 'hex'))
}
assert.deepEqual(
  mail.map(({ body }) => JSON.parse(body).type),
  ['ping.triggered', 'order.created', 'payment.created'],
)
for (const delivery of mail) {
  assert.ok(verify(delivery, webhook.secret))
  assert.ok(!verify(delivery, 'another secret'))
}
const { data: deliveries } = await duffel.webhooks.listDeliveries({ endpoint_id: webhook.id })
assert.equal(deliveries.length, 3)
if (mode === 'strict') {
  await assert.rejects(duffel.webhooks.delete(webhook.id), TypeError)
} else {
  await duffel.webhooks.delete(webhook.id)
}
assert.equal((await duffel.webhooks.list()).data.length, 0)
step('webhooks verified')

// A gateway that answers HTML.
await sandbox('/faults', { method: 'GET', path: '/air/orders/*', fault: { kind: 'bad_gateway', committed: false } })
const html = await duffel.orders.get(order.id).then(() => assert.fail('expected a failure'), (error) => error)
assert.equal(html.errors, undefined)
step('an HTML error page is survived')

receiver.close()
console.log('the official client is content')
