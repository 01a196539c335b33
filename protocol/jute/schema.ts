import { JuteError } from "./juteError.ts";
import { JuteReader } from "./reader.ts";
import { JuteWriter } from "./writer.ts";

/**
 * A field type of the schema: how it is read and written, and (by `T`) what TypeScript sees.
 * `bytesMin` is the shortest encoding, which bounds how many elements a vector may claim.
 */
export interface JuteType<T> {
  readonly name: string;
  readonly bytesMin: number;
  read(reader: JuteReader): T;
  write(writer: JuteWriter, value: T): void;
}

/** A type that can be a whole message or body: encode and decode of complete values. */
export interface Codec<T> extends JuteType<T> {
  /** Bytes after the value are ignored, as Apache does. Throws JuteError naming record, field and offset. */
  decode(bytes: Uint8Array, start?: number, end?: number): T;
  /** A block of its own for the caller. */
  encode(value: T): Uint8Array;
}

/** A record type: a name and its fields in wire order. */
export interface RecordType<T> extends Codec<T> {
  readonly fields: readonly (readonly [string, JuteType<unknown>])[];
}

/** The TypeScript type of a schema entry. */
export type Infer<S> = S extends JuteType<infer T> ? T : never;

const primitive = <T>(
  name: string,
  bytesMin: number,
  read: (reader: JuteReader) => T,
  write: (writer: JuteWriter, value: T) => void,
): JuteType<T> => ({ name, bytesMin, read, write });

/** One byte; any nonzero value reads as true. */
export const boolean = primitive(
  "boolean",
  1,
  (r) => r.readBoolean(),
  (w, v: boolean) => w.writeBoolean(v),
);
/** Signed 32 bits as a number. */
export const int = primitive(
  "int",
  4,
  (r) => r.readInt(),
  (w, v: number) => w.writeInt(v),
);
/** Signed 64 bits: always a bigint, so that every value of every zxid, session id, time and ttl is exact. */
export const long = primitive(
  "long",
  8,
  (r) => r.readLong(),
  (w, v: bigint) => w.writeLong(v),
);
/** Bytes or null (-1); a view of the frame it was read from. */
export const buffer = primitive(
  "buffer",
  4,
  (r) => r.readBuffer(),
  (w, v: Uint8Array | null) => w.writeBuffer(v),
);
/** Text or null (-1), see strings.ts. */
export const ustring = primitive(
  "ustring",
  4,
  (r) => r.readString(),
  (w, v: string | null) => w.writeString(v),
);

/** A counted list; its element is told for who walks the schema. */
export interface VectorType<T> extends JuteType<T[] | null> {
  readonly element: JuteType<T>;
}

/** A counted list or null (-1). The element's shortest encoding has at least one byte, or no count could be bounded. */
export function vector<T>(element: JuteType<T>): VectorType<T> {
  if (element.bytesMin < 1) throw new RangeError(`vector of ${element.name}, which may take no bytes`);
  return {
    element,
    name: `vector<${element.name}>`,
    bytesMin: 4,
    read(reader) {
      const count = reader.readVectorCount(element.bytesMin);
      if (count < 0) return null;
      const items: T[] = [];
      for (let i = 0; i < count; i++) {
        try {
          items.push(element.read(reader));
        } catch (error) {
          throw error instanceof JuteError ? error.within(`[${i}]`) : error;
        }
      }
      return items;
    },
    write(writer, items) {
      if (items === null) return writer.writeVectorCount(-1);
      writer.writeVectorCount(items.length);
      for (const item of items) element.write(writer, item);
    },
  };
}

/** Declares a record. The order of the shape's keys is the order on the wire. */
export function record<T extends object>(
  name: string,
  shape: { readonly [K in keyof T]: JuteType<T[K]> },
): RecordType<T> {
  const fields = Object.entries(shape) as unknown as [string, JuteType<unknown>][];
  const bytesMin = fields.reduce((sum, [, type]) => sum + type.bytesMin, 0);
  const recordCodec = codec<T>(
    name,
    bytesMin,
    (reader) => {
      const value: Record<string, unknown> = {};
      for (const [field, fieldType] of fields) {
        try {
          value[field] = fieldType.read(reader);
        } catch (error) {
          throw error instanceof JuteError ? error.within(field) : error;
        }
      }
      return value as T;
    },
    (writer, value) => {
      const source = value as Record<string, unknown>;
      for (const [field, fieldType] of fields) fieldType.write(writer, source[field]);
    },
  );
  return { ...recordCodec, fields };
}

/**
 * A message that is not a plain record, from its hand-written read and write. `read` may use everything up to the
 * reader's end; it throws JuteError and nothing else.
 */
export function codec<T>(
  name: string,
  bytesMin: number,
  read: (reader: JuteReader) => T,
  write: (writer: JuteWriter, value: T) => void,
): Codec<T> {
  return {
    name,
    bytesMin,
    read,
    write,
    decode(bytes, start = 0, end = bytes.length) {
      try {
        return read(new JuteReader(bytes, start, end));
      } catch (error) {
        throw error instanceof JuteError ? error.within(name) : error;
      }
    },
    encode(value) {
      const writer = new JuteWriter();
      write(writer, value);
      return writer.copy();
    },
  };
}
