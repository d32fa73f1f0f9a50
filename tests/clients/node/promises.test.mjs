// What a checkout may rely on, asked by a client that was built from the contract's archive alone.
// The address of the server is in SCONTO_SERVER.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { basketRequest, call, connect } from "./checkout.mjs";

const client = connect(process.env.SCONTO_SERVER);
after(() => client.close());

const MILLISECONDS = 60_000;
const send = (method, request) => call(client, method, request, MILLISECONDS);
const refused = (promise) => promise.then(() => assert.fail("it was not refused"), (error) => error);

// Always the same ones, so that chance holds the same ones out: none of these.
let shoppers = 0;

function freshRequest() {
  const request = basketRequest();
  request.shopper.shopper_id = `card-${++shoppers}`;
  return request;
}

async function given() {
  const { decision } = await send("Decide", freshRequest());
  assert.equal(decision.discounts.length, 1);
  return decision;
}

const minor = ({ units, nanos }) => BigInt(units) * 100n + BigInt(nanos) / 10_000_000n;
const sum = (amounts) => amounts.reduce((total, amount) => total + minor(amount), 0n);

test("a discount is the sum of what its lines lose", async () => {
  const { discounts, line_prices, reservation } = await given();
  assert.equal(sum(discounts.map((d) => d.total)), sum(line_prices.map((p) => p.discount)));
  assert.equal(sum(line_prices.map((p) => p.final_price)) + sum(line_prices.map((p) => p.discount)), 448n);
  assert.equal(reservation.state, "RESERVATION_STATE_HELD");
});

test("fifty duplicates at once get one answer", async () => {
  const request = freshRequest();
  const replies = await Promise.all(Array.from({ length: 50 }, () => send("Decide", request)));
  assert.equal(replies.filter((reply) => !reply.replayed).length, 1);
  for (const { decision } of replies) assert.deepEqual(decision, replies[0].decision);
});

test("a request_id with another body is refused with a typed reason", async () => {
  const request = freshRequest();
  await send("Decide", request);
  request.basket.lines[0].quantity = 3;
  const error = await refused(send("Decide", request));
  assert.equal(error.code, status.INVALID_ARGUMENT);
  const info = error.details_by_type["google.rpc.ErrorInfo"];
  assert.deepEqual([info.reason, info.domain], ["REQUEST_ID_REUSED", "sconto"]);
});

test("every field at fault is named", async () => {
  const request = freshRequest();
  request.channel = "";
  request.basket.lines[0].quantity = 0;
  const error = await refused(send("Decide", request));
  assert.equal(error.code, status.INVALID_ARGUMENT);
  const { field_violations } = error.details_by_type["google.rpc.BadRequest"];
  assert.deepEqual(
    new Set(field_violations.map((v) => v.field)),
    new Set(["channel", "basket.lines[0].quantity"]),
  );
});

test("a redemption may be sent twice, and a second one is refused", async () => {
  const { decision_id } = await given();
  const request = { request_id: randomUUID(), decision_id };
  const first = await send("Redeem", request);
  assert.equal(first.reservation.state, "RESERVATION_STATE_REDEEMED");
  const again = await send("Redeem", request);
  assert.deepEqual(again, { ...first, replayed: true });
  const error = await refused(send("Redeem", { ...request, request_id: randomUUID() }));
  assert.equal(error.code, status.FAILED_PRECONDITION);
  assert.equal(error.details_by_type["google.rpc.ErrorInfo"].reason, "ALREADY_REDEEMED");
});

test("after a deadline the same request gets the one answer", async () => {
  const request = freshRequest();
  const late = await refused(call(client, "Decide", request, -1));
  assert.equal(late.code, status.DEADLINE_EXCEEDED);
  assert.deepEqual(late.details_by_type, {});
  const { decision } = await send("Decide", request);
  const again = await send("Decide", request);
  assert.deepEqual([again.decision, again.replayed], [decision, true]);
});

test("a code opens its offer, and a guess is told so", async () => {
  const request = { ...freshRequest(), codes: ["pizza 1o", "guessed"] };
  const { decision } = await send("Decide", request);
  assert.notEqual(decision.codes[0].status, "CODE_STATUS_UNKNOWN");
  assert.equal(decision.codes[1].status, "CODE_STATUS_UNKNOWN");
  assert.equal(decision.codes[1].sentence, "There is no such code.");
});

test("a changed basket takes the place of the one before", async () => {
  const first = await given();
  const request = { ...freshRequest(), replaces: first.decision_id };
  request.shopper.shopper_id = `card-${shoppers - 1}`;
  request.basket.lines[0].quantity = 3;
  await send("Decide", request);
  const { decision } = await send("GetDecision", { decision_id: first.decision_id });
  assert.equal(decision.reservation.state, "RESERVATION_STATE_REPLACED");
  const redeem = { request_id: randomUUID(), decision_id: first.decision_id };
  const error = await refused(send("Redeem", redeem));
  assert.equal(error.details_by_type["google.rpc.ErrorInfo"].reason, "ALREADY_REPLACED");
});

test("pieces come back one by one for what was paid, and no more of them than were sold", async () => {
  const { decision_id, line_prices } = await given();
  await send("Redeem", { request_id: randomUUID(), decision_id });
  const back = () => ({ request_id: randomUUID(), decision_id, lines: [{ line_id: "1", quantity: 1 }] });
  const request = back();
  const first = await send("Return", request);
  assert.deepEqual(await send("Return", request), { ...first, replayed: true });
  const second = await send("Return", back());
  assert.equal(sum([first.refund, second.refund]), minor(line_prices[0].final_price));
  await refused(send("Return", back()));
});

test("a decision is read back in full, to its record", async () => {
  const { decision_id, discounts } = await given();
  const read = await send("GetDecision", { decision_id });
  assert.deepEqual(read.decision.discounts, discounts);
  assert.equal(JSON.parse(read.record).decision_id, decision_id);
  const error = await refused(send("GetDecision", { decision_id: randomUUID() }));
  assert.equal(error.code, status.NOT_FOUND);
});
