import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace trust_note_p2p_package. */
export namespace trust_note_p2p_package {

    /**
     * Properties of a TrustNoteP2p.
     * @deprecated Use trust_note_p2p_package.TrustNoteP2p.$Properties instead.
     */
    interface ITrustNoteP2p extends trust_note_p2p_package.TrustNoteP2p.$Properties {
    }

    /** Represents a TrustNoteP2p. */
    class TrustNoteP2p {

        /**
         * Constructs a new TrustNoteP2p.
         * @param [properties] Properties to set
         */
        constructor(properties?: trust_note_p2p_package.TrustNoteP2p.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TrustNoteP2p version. */
        version: string;

        /** TrustNoteP2p alt. */
        alt: string;

        /** TrustNoteP2p type. */
        type: number;

        /** TrustNoteP2p event. */
        event: string;

        /** TrustNoteP2p body. */
        body: Uint8Array;

        /** TrustNoteP2p tag. */
        tag: string;

        /** TrustNoteP2p encoding. */
        encoding: number;

        /** TrustNoteP2p error. */
        error: string;

        /** TrustNoteP2p contract. */
        contract: (number|Long);

        /**
         * Encodes the specified TrustNoteP2p message. Does not implicitly {@link trust_note_p2p_package.TrustNoteP2p.verify|verify} messages.
         * @param message TrustNoteP2p message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trust_note_p2p_package.TrustNoteP2p.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TrustNoteP2p message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trust_note_p2p_package.TrustNoteP2p & trust_note_p2p_package.TrustNoteP2p.$Shape} TrustNoteP2p
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trust_note_p2p_package.TrustNoteP2p & trust_note_p2p_package.TrustNoteP2p.$Shape;

        /**
         * Verifies a TrustNoteP2p message.
         * @param message Plain object to verify
         * @returns `null` if valid, otherwise the reason why it is not
         */
        static verify(message: { [k: string]: any }): (string|null);

        /**
         * Creates a TrustNoteP2p message from a plain object. Also converts values to their respective internal types.
         * @param object Plain object
         * @returns TrustNoteP2p
         */
        static fromObject(object: { [k: string]: any }): trust_note_p2p_package.TrustNoteP2p;

        /**
         * Creates a plain object from a TrustNoteP2p message. Also converts values to other types if specified.
         * @param message TrustNoteP2p
         * @param [options] Conversion options
         * @returns Plain object
         */
        static toObject(message: trust_note_p2p_package.TrustNoteP2p, options?: $protobuf.IConversionOptions): { [k: string]: any };

        /**
         * Converts this TrustNoteP2p to JSON.
         * @returns JSON object
         */
        toJSON(): { [k: string]: any };

        /**
         * Gets the type url for TrustNoteP2p
         * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
         * @returns The type url
         */
        static getTypeUrl(prefix?: string): string;
    }

    namespace TrustNoteP2p {

        /** Properties of a TrustNoteP2p. */
        interface $Properties {

            /** TrustNoteP2p version */
            version?: (string|null);

            /** TrustNoteP2p alt */
            alt?: (string|null);

            /** TrustNoteP2p type */
            type?: (number|null);

            /** TrustNoteP2p event */
            event: string;

            /** TrustNoteP2p body */
            body: Uint8Array;

            /** TrustNoteP2p tag */
            tag: string;

            /** TrustNoteP2p encoding */
            encoding?: (number|null);

            /** TrustNoteP2p error */
            error?: (string|null);

            /** TrustNoteP2p contract */
            contract?: (number|Long|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TrustNoteP2p. */
        type $Shape = trust_note_p2p_package.TrustNoteP2p.$Properties;
    }
}
