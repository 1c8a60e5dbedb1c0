/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
"use strict";

var $protobuf = require("protobufjs/minimal");

// Common aliases
var $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
var $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError, $TypeError = $util.global.TypeError, $String = $util.global.String, $parseInt = $util.global.parseInt, $Array = $util.global.Array, $Number = $util.global.Number, $BigInt = $util.global.BigInt;

// Exported root namespace
var $root = $protobuf.roots["trustp2p"] || ($protobuf.roots["trustp2p"] = {});

$root.trust_note_p2p_package = (function() {

    /**
     * Namespace trust_note_p2p_package.
     * @exports trust_note_p2p_package
     * @namespace
     */
    var trust_note_p2p_package = {};

    trust_note_p2p_package.TrustNoteP2p = (function() {

        /**
         * Properties of a TrustNoteP2p.
         * @typedef {Object} trust_note_p2p_package.TrustNoteP2p.$Properties
         * @property {string|null} [version] TrustNoteP2p version
         * @property {string|null} [alt] TrustNoteP2p alt
         * @property {number|null} [type] TrustNoteP2p type
         * @property {string} event TrustNoteP2p event
         * @property {Uint8Array} body TrustNoteP2p body
         * @property {string} tag TrustNoteP2p tag
         * @property {number|null} [encoding] TrustNoteP2p encoding
         * @property {string|null} [error] TrustNoteP2p error
         * @property {number|Long|null} [contract] TrustNoteP2p contract
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a TrustNoteP2p.
         * @memberof trust_note_p2p_package
         * @interface ITrustNoteP2p
         * @augments trust_note_p2p_package.TrustNoteP2p.$Properties
         * @deprecated Use trust_note_p2p_package.TrustNoteP2p.$Properties instead.
         */

        /**
         * Shape of a TrustNoteP2p.
         * @typedef {trust_note_p2p_package.TrustNoteP2p.$Properties} trust_note_p2p_package.TrustNoteP2p.$Shape
         */

        /**
         * Constructs a new TrustNoteP2p.
         * @memberof trust_note_p2p_package
         * @classdesc Represents a TrustNoteP2p.
         * @constructor
         * @param {trust_note_p2p_package.TrustNoteP2p.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        var TrustNoteP2p = function (properties) {
            if (properties)
                for (var keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * TrustNoteP2p version.
         * @member {string} version
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         */
        TrustNoteP2p.prototype.version = "1.0";

        /**
         * TrustNoteP2p alt.
         * @member {string} alt
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         */
        TrustNoteP2p.prototype.alt = "1";

        /**
         * TrustNoteP2p type.
         * @member {number} type
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         */
        TrustNoteP2p.prototype.type = 0;

        /**
         * TrustNoteP2p event.
         * @member {string} event
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         */
        TrustNoteP2p.prototype.event = "";

        /**
         * TrustNoteP2p body.
         * @member {Uint8Array} body
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         */
        TrustNoteP2p.prototype.body = $util.newBuffer([]);

        /**
         * TrustNoteP2p tag.
         * @member {string} tag
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         */
        TrustNoteP2p.prototype.tag = "";

        /**
         * TrustNoteP2p encoding.
         * @member {number} encoding
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         */
        TrustNoteP2p.prototype.encoding = 0;

        /**
         * TrustNoteP2p error.
         * @member {string} error
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         */
        TrustNoteP2p.prototype.error = "";

        /**
         * TrustNoteP2p contract.
         * @member {number|Long} contract
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         */
        TrustNoteP2p.prototype.contract = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Encodes the specified TrustNoteP2p message. Does not implicitly {@link trust_note_p2p_package.TrustNoteP2p.verify|verify} messages.
         * @function encode
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @static
         * @param {trust_note_p2p_package.TrustNoteP2p.$Properties} message TrustNoteP2p message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        TrustNoteP2p.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.version != null && $Object.hasOwnProperty.call(message, "version"))
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.version);
            if (message.alt != null && $Object.hasOwnProperty.call(message, "alt"))
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.alt);
            if (message.type != null && $Object.hasOwnProperty.call(message, "type"))
                writer.uint32(/* id 3, wireType 0 =*/24).int32(message.type);
            writer.uint32(/* id 4, wireType 2 =*/34).string(message.event);
            writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.body);
            writer.uint32(/* id 6, wireType 2 =*/50).string(message.tag);
            if (message.encoding != null && $Object.hasOwnProperty.call(message, "encoding"))
                writer.uint32(/* id 7, wireType 0 =*/56).int32(message.encoding);
            if (message.error != null && $Object.hasOwnProperty.call(message, "error"))
                writer.uint32(/* id 8, wireType 2 =*/66).string(message.error);
            if (message.contract != null && $Object.hasOwnProperty.call(message, "contract"))
                writer.uint32(/* id 10, wireType 1 =*/81).fixed64(message.contract);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (var i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a TrustNoteP2p message from the specified reader or buffer.
         * @function decode
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trust_note_p2p_package.TrustNoteP2p & trust_note_p2p_package.TrustNoteP2p.$Shape} TrustNoteP2p
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        TrustNoteP2p.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.trust_note_p2p_package.TrustNoteP2p();
            while (reader.pos < end) {
                var start = reader.pos;
                var tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                var wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.version = reader.string();
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        message.alt = reader.string();
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        message.type = reader.int32();
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message.event = reader.string();
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.body = reader.bytes();
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        message.tag = reader.string();
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        message.encoding = reader.int32();
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        message.error = reader.string();
                        continue;
                    }
                case 10: {
                        if (wireType !== 1)
                            break;
                        message.contract = reader.fixed64();
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            if (!$Object.hasOwnProperty.call(message, "event"))
                throw $util.ProtocolError("missing required 'event'", { instance: message });
            if (!$Object.hasOwnProperty.call(message, "body"))
                throw $util.ProtocolError("missing required 'body'", { instance: message });
            if (!$Object.hasOwnProperty.call(message, "tag"))
                throw $util.ProtocolError("missing required 'tag'", { instance: message });
            return message;
        };

        /**
         * Verifies a TrustNoteP2p message.
         * @function verify
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @static
         * @param {Object.<string,*>} message Plain object to verify
         * @returns {string|null} `null` if valid, otherwise the reason why it is not
         */
        TrustNoteP2p.verify = function (message, _depth) {
            if (typeof message !== "object" || message === null)
                return "object expected";
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                return "max depth exceeded";
            if (message.version != null && $Object.hasOwnProperty.call(message, "version"))
                if (!$util.isString(message.version))
                    return "version: string expected";
            if (message.alt != null && $Object.hasOwnProperty.call(message, "alt"))
                if (!$util.isString(message.alt))
                    return "alt: string expected";
            if (message.type != null && $Object.hasOwnProperty.call(message, "type"))
                if (!$util.isInteger(message.type))
                    return "type: integer expected";
            if (!$util.isString(message.event))
                return "event: string expected";
            if (!(message.body && typeof message.body.length === "number" || $util.isString(message.body)))
                return "body: buffer expected";
            if (!$util.isString(message.tag))
                return "tag: string expected";
            if (message.encoding != null && $Object.hasOwnProperty.call(message, "encoding"))
                if (!$util.isInteger(message.encoding))
                    return "encoding: integer expected";
            if (message.error != null && $Object.hasOwnProperty.call(message, "error"))
                if (!$util.isString(message.error))
                    return "error: string expected";
            if (message.contract != null && $Object.hasOwnProperty.call(message, "contract"))
                if (!$util.isInteger(message.contract) && !(message.contract && $util.isInteger(message.contract.low) && $util.isInteger(message.contract.high)))
                    return "contract: integer|Long expected";
            return null;
        };

        /**
         * Creates a TrustNoteP2p message from a plain object. Also converts values to their respective internal types.
         * @function fromObject
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @static
         * @param {Object.<string,*>} object Plain object
         * @returns {trust_note_p2p_package.TrustNoteP2p} TrustNoteP2p
         */
        TrustNoteP2p.fromObject = function (object, _depth) {
            if (object instanceof $root.trust_note_p2p_package.TrustNoteP2p)
                return object;
            if (!$util.isObject(object))
                throw $TypeError(".trust_note_p2p_package.TrustNoteP2p: object expected");
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            var message = new $root.trust_note_p2p_package.TrustNoteP2p();
            if (object.version != null)
                message.version = $String(object.version);
            if (object.alt != null)
                message.alt = $String(object.alt);
            if (object.type != null)
                message.type = object.type | 0;
            if (object.event != null)
                message.event = $String(object.event);
            if (object.body != null)
                if (typeof object.body === "string")
                    $util.base64.decode(object.body, message.body = $util.newBuffer($util.base64.length(object.body)), 0);
                else if (object.body.length >= 0)
                    message.body = object.body;
            if (object.tag != null)
                message.tag = $String(object.tag);
            if (object.encoding != null)
                message.encoding = object.encoding | 0;
            if (object.error != null)
                message.error = $String(object.error);
            if (object.contract != null)
                if ($util.Long)
                    message.contract = $util.Long.fromValue(object.contract, true);
                else if (typeof object.contract === "string")
                    message.contract = $parseInt(object.contract, 10);
                else if (typeof object.contract === "number")
                    message.contract = object.contract;
                else if (typeof object.contract === "object")
                    message.contract = new $util.LongBits(object.contract.low >>> 0, object.contract.high >>> 0).toNumber(true);
            return message;
        };

        /**
         * Creates a plain object from a TrustNoteP2p message. Also converts values to other types if specified.
         * @function toObject
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @static
         * @param {trust_note_p2p_package.TrustNoteP2p} message TrustNoteP2p
         * @param {$protobuf.IConversionOptions} [options] Conversion options
         * @returns {Object.<string,*>} Plain object
         */
        TrustNoteP2p.toObject = function (message, options, _depth) {
            if (!options)
                options = {};
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            var object = {};
            if (options.defaults) {
                object.version = "1.0";
                object.alt = "1";
                object.type = 0;
                object.event = "";
                if (options.bytes === $String)
                    object.body = "";
                else {
                    object.body = [];
                    if (options.bytes !== $Array)
                        object.body = $util.newBuffer(object.body);
                }
                object.tag = "";
                object.encoding = 0;
                object.error = "";
                if ($util.Long) {
                    var long = new $util.Long(0, 0, true);
                    object.contract = options.longs === $String ? long.toString() : options.longs === $Number ? long.toNumber() : typeof $BigInt !== "undefined" && options.longs === $BigInt ? long.toBigInt() : long;
                } else
                    object.contract = options.longs === $String ? "0" : typeof $BigInt !== "undefined" && options.longs === $BigInt ? $BigInt("0") : 0;
            }
            if (message.version != null && $Object.hasOwnProperty.call(message, "version"))
                object.version = message.version;
            if (message.alt != null && $Object.hasOwnProperty.call(message, "alt"))
                object.alt = message.alt;
            if (message.type != null && $Object.hasOwnProperty.call(message, "type"))
                object.type = message.type;
            if (message.event != null && $Object.hasOwnProperty.call(message, "event"))
                object.event = message.event;
            if (message.body != null && $Object.hasOwnProperty.call(message, "body"))
                object.body = options.bytes === $String ? $util.base64.encode(message.body, 0, message.body.length) : options.bytes === $Array ? $Array.prototype.slice.call(message.body) : message.body;
            if (message.tag != null && $Object.hasOwnProperty.call(message, "tag"))
                object.tag = message.tag;
            if (message.encoding != null && $Object.hasOwnProperty.call(message, "encoding"))
                object.encoding = message.encoding;
            if (message.error != null && $Object.hasOwnProperty.call(message, "error"))
                object.error = message.error;
            if (message.contract != null && $Object.hasOwnProperty.call(message, "contract"))
                if (typeof $BigInt !== "undefined" && options.longs === $BigInt)
                    object.contract = typeof message.contract === "number" ? $BigInt(message.contract) : $util.Long.fromBits(message.contract.low >>> 0, message.contract.high >>> 0, true).toBigInt();
                else if (typeof message.contract === "number")
                    object.contract = options.longs === $String ? $String(message.contract) : message.contract;
                else
                    object.contract = options.longs === $String ? $util.Long.prototype.toString.call(message.contract) : options.longs === $Number ? new $util.LongBits(message.contract.low >>> 0, message.contract.high >>> 0).toNumber(true) : message.contract;
            return object;
        };

        /**
         * Converts this TrustNoteP2p to JSON.
         * @function toJSON
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @instance
         * @returns {Object.<string,*>} JSON object
         */
        TrustNoteP2p.prototype.toJSON = function() {
            return TrustNoteP2p.toObject(this, $protobuf.util.toJSONOptions);
        };

        /**
         * Gets the type url for TrustNoteP2p
         * @function getTypeUrl
         * @memberof trust_note_p2p_package.TrustNoteP2p
         * @static
         * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
         * @returns {string} The type url
         */
        TrustNoteP2p.getTypeUrl = function(prefix) {
            if (prefix === $undefined)
                prefix = "type.googleapis.com";
            return prefix + "/trust_note_p2p_package.TrustNoteP2p";
        };

        return TrustNoteP2p;
    })();

    return trust_note_p2p_package;
})();

module.exports = $root;
