import { diskMutants } from "./diskMutants.ts";
import { electionMutants } from "./electionMutants.ts";
import type { Mutants } from "./mutant.ts";
import { serviceMutants } from "./serviceMutants.ts";

/** All of them, by what is wrong with them. */
export const mutants: Mutants = { ...diskMutants, ...electionMutants, ...serviceMutants };
