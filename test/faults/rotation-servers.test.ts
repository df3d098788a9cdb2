import { meetingFaults } from './rotation/meetings.ts';
import { serverFaults } from './rotation/servers.ts';
import { useStage } from './rotation/stage.ts';

const stage = useStage();
meetingFaults(stage);
serverFaults(stage);
