/**
 * The code that runs inside the interpreter before a script. It builds `logto` and `log`, and removes every way to turn a
 * text into code. It keeps the built-in functions that it needs from the start, so a script that replaces them cannot
 * change what is sent.
 */

/**
 * Evaluates to a function of (namesJson, send, print, end, code) that starts the script, and returns the function that
 * settles a call. `namesJson` is the list of names. `send(id, name, json)` asks the host, `print(text)` logs, and
 * `end(ok, json, line, cause)` ends the script.
 */
export const scriptPrelude = `(() => {
  'use strict';
  const { parse, stringify } = JSON;
  const { create, freeze, getPrototypeOf, defineProperty, hasOwn } = Object;
  const { isArray } = Array;
  const { apply } = Reflect;
  const ErrorType = Error;
  const PromiseType = Promise;
  const ProxyType = Proxy;
  const TextType = String;
  const then = Promise.prototype.then;
  const AsyncFunction = getPrototypeOf(async function () {}).constructor;
  const match = RegExp.prototype.exec;
  const linePattern = /<input>:(\\d+)/;
  const trusted = new WeakSet();
  const remember = WeakSet.prototype.add;
  const isTrusted = WeakSet.prototype.has;

  return (namesJson, send, print, end, code) => {
    const names = parse(namesJson);
    const waiting = create(null);
    let nextId = 0;
    const known = create(null);

    const call = (name, input) => {
      if (input !== undefined && (typeof input !== 'object' || input === null)) {
        throw new ErrorType('logto.' + name + ' takes one object with the arguments by name.');
      }
      const json = stringify(input === undefined ? {} : input);
      if (json === undefined) {
        throw new ErrorType('The arguments of logto.' + name + ' cannot be written as JSON.');
      }
      nextId += 1;
      const id = nextId;
      const promise = new PromiseType((resolve, reject) => {
        waiting[id] = { resolve, reject, site: new ErrorType('at') };
      });
      send(id, name, json);
      return promise;
    };

    for (const name of names) {
      known[name] = freeze((input) => call(name, input));
    }
    known.all = freeze((list, input) => {
      let name = list;
      for (const one of names) {
        if (known[one] === list) {
          name = one;
        }
      }
      if (typeof name !== 'string') {
        throw new ErrorType("logto.all takes the name of a list tool first: logto.all('list_users', {...}).");
      }
      return call('all ' + name, input);
    });
    freeze(known);
    const logto = new ProxyType(known, {
      get(target, name) {
        if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') {
          return undefined;
        }
        const found = target[name];
        if (found === undefined) {
          return freeze((input) => call(name, input));
        }
        return found;
      },
      set() { throw new ErrorType('logto cannot be changed.'); },
      defineProperty() { throw new ErrorType('logto cannot be changed.'); },
      deleteProperty() { throw new ErrorType('logto cannot be changed.'); },
      getPrototypeOf() { return null; },
      setPrototypeOf() { throw new ErrorType('logto cannot be changed.'); },
    });

    const log = freeze((...items) => {
      let text = '';
      for (let index = 0; index < items.length; index += 1) {
        const item = items[index];
        text += (index === 0 ? '' : ' ') + (typeof item === 'string' ? item : stringify(item));
      }
      print(text);
    });

    const lineOf = (error) => {
      try {
        const found = apply(match, linePattern, [TextType(error.stack)]);
        return found === null ? 0 : +found[1] - 2;
      } catch {
        return 0;
      }
    };

    // A list is an array that also has page; a single object is itself. The member names of a tool's result work on both.
    const unwrap = (value) => {
      if (typeof value !== 'object' || value === null) {
        return value;
      }
      const { items, page, result } = value;
      if (isArray(items)) {
        defineProperty(items, 'items', { value: items });
        defineProperty(items, 'page', { value: page });
        return items;
      }
      if (typeof result === 'object' && result !== null && !hasOwn(result, 'result')) {
        defineProperty(result, 'result', { value: result });
      }
      return result;
    };

    const settle = (id, ok, body) => {
      const one = waiting[id];
      if (one === undefined) {
        return;
      }
      delete waiting[id];
      const value = parse(body);
      if (ok) {
        one.resolve(unwrap(value));
        return;
      }
      const error = new ErrorType(value.message);
      for (const member of ['kind', 'status', 'code', 'hint']) {
        if (value[member] !== undefined) {
          defineProperty(error, member, { value: value[member], enumerable: true });
        }
      }
      defineProperty(error, 'stack', { value: one.site.stack });
      apply(remember, trusted, [error]);
      one.reject(error);
    };

    const fail = (error) => {
      let message = 'The script threw something that is not an Error.';
      let cause;
      try {
        if (typeof error === 'object' && error !== null) {
          message = TextType(error.name) + ': ' + TextType(error.message);
          if (apply(isTrusted, trusted, [error])) {
            message = TextType(error.message);
            cause = stringify({ kind: error.kind, status: error.status, code: error.code, hint: error.hint });
          }
        } else {
          message = 'The script threw ' + TextType(error) + '.';
        }
      } catch {}
      end(false, message, lineOf(error), cause);
    };

    // From here on, no text can become code.
    const noCode = function () {
      throw new ErrorType('A script cannot turn text into code: eval and Function are off.');
    };
    for (const sample of [function () {}, async function () {}, function* () {}, async function* () {}]) {
      defineProperty(getPrototypeOf(sample), 'constructor', {
        value: noCode, writable: false, configurable: false,
      });
    }
    defineProperty(globalThis, 'Function', { value: noCode, writable: false, configurable: false });
    defineProperty(globalThis, 'eval', { value: noCode, writable: false, configurable: false });

    let run;
    try {
      run = new AsyncFunction('logto', 'log', code);
    } catch (error) {
      end(false, 'syntax ' + error.message, lineOf(error), undefined);
      return settle;
    }
    apply(then, run(logto, log), [
      (value) => {
        let json;
        try {
          json = stringify(value);
        } catch (error) {
          end(false, 'not-json ' + error.message, 0, undefined);
          return;
        }
        end(true, json, 0, undefined);
      },
      fail,
    ]);
    return settle;
  };
})()`;
