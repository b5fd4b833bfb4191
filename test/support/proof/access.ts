import { randomUUID } from "node:crypto";

import { type Check, messageOf, type Scene } from "./check";
import { type Login, type Message, Session } from "./session";

/** Who may publish and receive what: the rules of examples/home, each with what it allows and what it does not. */
export function accessChecks({ target: { passwords, certificate } }: Scene): Check[] {
  const sensor1 = { username: "sensor1", password: passwords.sensor1 };
  const actuator1 = { username: "actuator1", password: passwords.actuator1 };
  const admin = { username: "admin", password: passwords.admin };
  const card: Login = { listener: "mutualTls", certificate };
  const browser: Login = { ...sensor1, listener: "websockets" };
  const [temperature, relay] = ["home/livingroom/temperature", "controls/relay1"];
  return [
    delivers(`sensor1 publishes ${temperature}, admin listens`, sensor1, temperature, admin),
    delivers(`admin publishes ${relay}, actuator1 listens`, admin, relay, actuator1),
    delivers(
      "sensor1 publishes and listens to its own devices/sensor1/status",
      sensor1,
      "devices/sensor1/status",
      sensor1,
    ),
    refuses(`sensor1 publishes ${relay}, admin listens`, sensor1, relay, admin),
    refuses("sensor1 publishes devices/admin/status, admin listens", sensor1, "devices/admin/status", admin),
    refuses(`actuator1 publishes ${relay}, which it may only read, admin listens`, actuator1, relay, admin),
    withholds(`sensor1 listens to controls/#, admin publishes ${relay}`, admin, relay, sensor1),
    delivers(
      `over mutual TLS, sensor1's certificate publishes ${temperature}, admin listens`,
      card,
      temperature,
      admin,
    ),
    refuses(
      `over mutual TLS, sensor1's certificate claims to be admin and publishes ${relay}`,
      { ...card, username: "admin" },
      relay,
      admin,
    ),
    delivers(`over websockets, sensor1 publishes ${temperature}, admin listens`, browser, temperature, admin),
    refuses(`over websockets, sensor1 publishes ${relay}, admin listens`, browser, relay, admin),
  ];
}

function delivers(tried: string, from: Login, topic: string, to: Login): Check {
  return {
    tried,
    run: async ({ target }) => {
      await using listener = await Session.open(target, to);
      await using publisher = await Session.open(target, from);
      const text = randomUUID();
      await listener.subscribe(topic);
      await publisher.publish(topic, text);
      await listener.receiveUpTo(text);
      return { came: "acknowledged and received", ok: true };
    },
  };
}

/** The listener may read everything, so that a message which came through all the same is seen. */
function refuses(tried: string, from: Login, topic: string, to: Login): Check {
  return {
    tried,
    run: async ({ target }) => {
      await using listener = await Session.open(target, to);
      await using publisher = await Session.open(target, from);
      const [text, marker] = [randomUUID(), randomUUID()];
      await listener.subscribe("#");
      const answer = await publisher.publish(topic, text).then(() => "acknowledged", messageOf);
      // The broker keeps the order: whatever it let through is there before the marker.
      await listener.publish(topic, marker);
      const leaked = has(await listener.receiveUpTo(marker), text);
      return {
        came: `${answer}; ${leaked ? "it was received" : "nothing was received"}`,
        ok: answer === "Publish error: Not authorized (reason code 135)" && !leaked,
      };
    },
  };
}

/** Mosquitto 2.x grants every subscription and holds back the messages. */
function withholds(tried: string, from: Login, topic: string, to: Login): Check {
  return {
    tried,
    run: async ({ target }) => {
      await using listener = await Session.open(target, to);
      await using publisher = await Session.open(target, from);
      const [text, marker] = [randomUUID(), randomUUID()];
      await listener.subscribe("controls/#");
      await listener.subscribe("devices/sensor1/#");
      await publisher.publish(topic, text);
      await publisher.publish("devices/sensor1/status", marker);
      const leaked = has(await listener.receiveUpTo(marker), text);
      return { came: `subscription granted; ${leaked ? "the message came" : "the message did not come"}`, ok: !leaked };
    },
  };
}

function has(messages: readonly Message[], text: string): boolean {
  return messages.some((it) => it.text === text);
}
